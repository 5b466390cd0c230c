import { assertNothingLeft, resources } from '@rtnl/compliance'
import { reconcile } from '@rtnl/reconcile'
import { type Route, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('desired routes are checked while the table is opened')

const owner = routeOwner({ table: 4_000_000, protocol: 199 })
const count = 50_000

/** So many that the opening ends before the last one is checked, which is wrong. */
const lastWrong: Partial<Route>[] = [
  ...Array.from({ length: count }, (_, number) => ({ dst: `10.${number >> 8}.${number & 255}.0/24`, type: 6 })),
  { dst: '10.0.0.1/8', type: 6 },
]

/** The error of a call; `undefined` if there is none. */
async function errorOf(running: Promise<unknown>): Promise<unknown> {
  return await running.then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('a wrong one is reported where the table could not be opened either', async () => {
  const error = await errorOf(reconcile(owner, lastWrong, { netns: 'there-is-none-of-this-name' }))
  assert.instance(error, RangeError)
  assert.match(String(error), `[${count}].dst: `)
})

test('a table that was opened meanwhile is closed', async () => {
  const before = resources()
  const error = await errorOf(reconcile(owner, lastWrong))
  assert.match(String(error), `[${count}].dst: `)
  await assertNothingLeft(before)
})

test.run()
