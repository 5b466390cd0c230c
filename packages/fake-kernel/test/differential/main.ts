// Compares the fake kernel with the running one for a long time. Run as root, from the root of the tree:
//   node --conditions=rtnl-source --import tsx packages/fake-kernel/test/differential/main.ts [SEEDS] [OPERATIONS] [FIRST]
import { summaryOf } from './differential.ts'
import { compareWithKernel } from './seeds.ts'

const [seeds = '20', operations = '300', first = '1'] = process.argv.slice(2)
const figures = await compareWithKernel({
  seeds: Number(seeds),
  operations: Number(operations),
  first: Number(first),
  onDifference: console.log,
})
console.log(summaryOf(figures))
process.exitCode = figures.differences.length === 0 ? 0 : 1
