// Compares the fake kernel with the running one for a long time. Run as root, from the root of the tree:
//   node --conditions=rtnl-source --import tsx packages/fake-kernel/test/differential/main.ts [SEEDS] [OPERATIONS] [FIRST]
import { compareWithKernel } from './seeds.ts'

const [seeds = '20', operations = '300', first = '1'] = process.argv.slice(2)
const figures = await compareWithKernel({
  seeds: Number(seeds),
  operations: Number(operations),
  first: Number(first),
  onDifference: console.log,
})
for (const [kind, count] of [...figures.refusals].sort()) console.log(`${count} x ${kind}`)
console.log(JSON.stringify({ ...figures, refusals: figures.refusals.size, differences: figures.differences.length }))
process.exitCode = figures.differences.length === 0 ? 0 : 1
