// timeout: 900
// runtimes: node
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { summaryOf } from '../differential/differential.ts'
import { compareWithKernel } from '../differential/seeds.ts'

const differential = suite('the fake kernel beside the real one')

differential('the same random requests get the same answers, notifications and dumps', async () => {
  const figures = await compareWithKernel({ seeds: 4, operations: 200, first: 1 })
  const { accepted, refused, notifications, differences } = figures
  console.log(summaryOf(figures))
  assert.is(differences.length, 0, differences.join('\n'))
  assert.ok(accepted > 50 && refused > 50 && notifications > 100, 'most requests did nothing')
})

differential.run()
