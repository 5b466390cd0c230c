import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findDuplicateName } from '../src/desired/duplicate-name.ts'

const duplicateName = suite('duplicate name')

const cases: [text: string, name: string | undefined, line?: number, firstLine?: number][] = [
  ['[]', undefined],
  ['7', undefined],
  ['[{"dst":"a","oif":1},{"dst":"a","oif":1}]', undefined],
  ['{"a":{"a":{"a":["a","a",{"a":"a"}]}}}', undefined],
  [String.raw`{"a\\":1,"a\"":2,"a":"}\"],\\"}`, undefined],
  ['{"a":1,"b":2,"a":3}', 'a', 1, 1],
  ['[\n{"dst":"a",\n"oif":[{}],\n"dst":"b"}]', 'dst', 4, 2],
  [String.raw`{"a":"\\","\u0061":{}}`, 'a', 1, 1],
  ['[{},{"x":{"y":[],\n"y":[]}}]', 'y', 2, 1],
]

for (const [text, name, line = 0, firstLine = 0] of cases) {
  duplicateName(text, () => {
    assert.equal(findDuplicateName(text), name === undefined ? undefined : { name, line, firstLine })
  })
}

duplicateName('an object that was printed has no name twice, and a second one is found', () => {
  const place = fc.nat()
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.jsonValue(),
      place,
      (object, value, at) => {
        assert.is(findDuplicateName(JSON.stringify(object)), undefined)
        const fields = Object.entries(object)
        const name = fields[at % fields.length]![0]
        const text = [...fields, [name, value] as const].map(
          ([key, it]) => `${JSON.stringify(key)}:${JSON.stringify(it)}`,
        )
        assert.is(findDuplicateName(`{${text.join(',')}}`)?.name, name)
      },
    ),
  )
})

duplicateName('a text of any length', () => {
  const long = `"${String.raw`x\n`.repeat(5_000_000)}"`
  assert.is(findDuplicateName(`{"a":${long},"a":1}`)?.name, 'a')
})

duplicateName.run()
