import { parseNames } from '../../../../packages/names/src/name-file.ts'
import { NumberNames } from '../../../../packages/names/src/number-names.ts'
import { Broken } from '../surroundings.ts'
import type { Target } from '../target.ts'

const files = [
  '#\n# reserved values\n#\n255\tlocal\n254\tmain\n0 unspec\n\n0x1f4  five-hundred # comment\n',
  '4294967295 last\r\n00 zero\n+1 one\n1e3 thousand\n12 two words\n-1 minus\n99999999999 large',
]

export const names: Target = {
  name: 'names',
  isAsync: false,
  promise: 'the files of iproute2 give names of numbers in bounds, and lines that are none are passed over',
  sources: ['names/src'],
  seeds: () => files.map((text) => new TextEncoder().encode(text)),
  run(input) {
    const text = new TextDecoder().decode(input)
    for (const most of [0xff, 0xffffffff]) {
      const entries = parseNames(text, most)
      const known = new NumberNames(() => entries)
      for (const [number, name] of entries) {
        if (!Number.isInteger(number) || number < 0 || number > most) throw new Broken(`${name} is ${number}`)
        if (name === '' || /\s/.test(name)) throw new Broken(`${JSON.stringify(name)} is a name`)
        if (known.numberOf(name) === undefined || known.nameOf(number) === String(number)) {
          if (name !== String(number)) throw new Broken(`${name} is not found`)
        }
      }
    }
  },
}
