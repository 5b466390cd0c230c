// timeout: 900
// runtimes: node
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareWithKernel } from '../differential/seeds.ts'

const differential = suite('the fake kernel beside the real one')

differential('the same random requests get the same answers, notifications and dumps', async () => {
  const figures = await compareWithKernel({ seeds: 3, operations: 200, first: 1 })
  const { operations, accepted, refused, refusals, notifications, dumped, unsupported, differences } = figures
  console.log(
    `${operations} operations by seeds 1 to 3: ${accepted} accepted, ${refused} refused for ${refusals.size} reasons, ` +
      `${unsupported} not known to the fake kernel; ${notifications} notifications, ${dumped} entries of dumps`,
  )
  assert.is(differences.length, 0, differences.join('\n'))
  assert.ok(accepted > 50 && refused > 50 && notifications > 100, 'most requests did nothing')
})

differential.run()
