// runtimes: node
import { Dice } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawOperations, scenarios } from '../operations/index.ts'
import { parseOptions } from '../options.ts'
import { shrink } from '../shrink.ts'

const tests = suite('parts of the campaign')

const all = Array.from({ length: 500 }, (_, number) => number)
const never = Number.POSITIVE_INFINITY

tests('a sequence is shrunk to what it takes to fail', async () => {
  const needed = [7, 8, 250, 499]
  const fails = async (some: readonly number[]): Promise<boolean> => needed.every((number) => some.includes(number))
  assert.equal(await shrink(all, fails, never), needed)
})

tests('what fails by itself is one item', async () => {
  assert.equal(await shrink(all, async (some) => some.includes(123), never), [123])
})

tests('a sequence whose parts do not fail stays whole, and so does one without time', async () => {
  assert.equal(await shrink(all, async (some) => some.length === all.length, never), all)
  assert.equal(await shrink(all, async () => true, 0), all)
})

tests('the same seed draws the same operations, and another one others', () => {
  const draw = (seed: number): string[] => {
    const source = drawOperations(new Dice(seed), { vlans: true, vnis: true }, 'all')
    return Array.from({ length: 500 }, () => source.next().value.line)
  }
  assert.equal(draw(3), draw(3))
  assert.not.equal(draw(3), draw(4))
})

tests('every domain is drawn, and every scenario draws', () => {
  const drawn = new Set<string>()
  for (const scenario of Object.keys(scenarios)) {
    const source = drawOperations(new Dice(1), { vlans: true, vnis: true }, scenario)
    for (let count = 0; count < 10_000; count++) drawn.add(source.next().value.domain)
  }
  assert.equal([...drawn].sort(), [...scenarios.all!].sort())
})

tests('no operation has tunnel options of an encapsulation, which stop some kernels', () => {
  const source = drawOperations(new Dice(2), { vlans: true, vnis: true }, 'all')
  for (let count = 0; count < 50_000; count++) assert.not.match(source.next().value.line, /encap|_opts/)
})

tests('wrong usage is refused with option and value', () => {
  assert.throws(() => parseOptions(['--scenario', 'x']), /--scenario: "x" is none of all, /)
  assert.throws(() => parseOptions(['--seconds', 'long']), /--seconds: "long" is no whole number of 1 or more/)
  assert.throws(() => parseOptions(['--rcvbuf', '-1']), /rcvbuf/)
})

tests.run()
