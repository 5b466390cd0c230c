import { openTable } from '@rtnl/live-table'
import { type Health, health, Metrics } from '@rtnl/metrics'
import { Connection, Errno } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { keep } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thing, thingDefinition, turns, until } from '../../notifier/test/things.ts'
import { Owner, PathKernel, path, pathRules } from '../../reconcile/test/support/paths.ts'
import { withTable } from './support/values.ts'

const healthy = suite('health')

const codes = ({ status, reasons }: Health) => [status, ...reasons.map(({ code }) => code)]
const ok = { status: 'ok', reasons: [] }

healthy('is degraded before anything is watched, and then ok', () =>
  withTable(async ({ table }) => {
    using metrics = new Metrics()
    assert.equal(await health(metrics), {
      status: 'degraded',
      reasons: [{ status: 'degraded', code: 'empty', text: 'no table, controller or connection is watched' }],
    })
    metrics.addTable(table)
    assert.equal(await health(metrics), ok)
  }),
)

healthy('is degraded while a table is being reread', () =>
  withTable(async ({ kernel, things, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    kernel.hold('dump')
    things.putSilently(thing(1))
    const resync = table.resync()
    await until(() => table.state === 'stale', 'it is being reread')
    assert.equal(await health(metrics), {
      status: 'degraded',
      reasons: [{ status: 'degraded', code: 'resyncing', text: 'table thing in fake kernel is being reread' }],
    })
    kernel.resume('dump')
    await resync
    await until(() => table.state === 'live', 'it was reread')
    assert.equal(await health(metrics), ok)
  }),
)

healthy('is degraded while notifications wait for longer than allowed', () =>
  withTable(async ({ kernel, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    kernel.hold('notification')
    assert.equal(codes(await health(metrics, { maxLag: 0.02 })), ['degraded', 'lagging'])
    kernel.resume('notification')
    await turns()
    assert.equal(await health(metrics, { maxLag: 60 }), ok)
  }),
)

healthy('is failing when an error has ended a table, until another one is there', () =>
  withTable(async ({ kernel, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    kernel.fail(new Error('the socket broke'))
    await table.closed
    assert.equal(await health(metrics), {
      status: 'failing',
      reasons: [{ status: 'failing', code: 'closed', text: 'table thing in fake kernel is closed: the socket broke' }],
    })
    using again = await openTable(thingDefinition, { transports: kernel })
    metrics.addTable(again)
    assert.equal(await health(metrics), ok)
  }),
)

healthy('is failing when a connection is closed under a table, or one without tables', () =>
  withTable(async ({ kernel, notifier, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    notifier.connection.close()
    assert.equal(await health(metrics), {
      status: 'failing',
      reasons: [
        { status: 'failing', code: 'closed', text: 'table thing in fake kernel is closed: connection is closed' },
      ],
    })
    metrics.remove(notifier.connection)
    const other = await Connection.open({ transports: kernel })
    metrics.addConnection(other)
    assert.equal(await health(metrics), ok)
    other.close()
    assert.equal(await health(metrics), {
      status: 'failing',
      reasons: [{ status: 'failing', code: 'closed', text: 'the connection to fake kernel is closed' }],
    })
  }),
)

healthy('is degraded while the kernel refuses entries, or those of somebody else are in their place', async () => {
  const kernel = new PathKernel([path(5, 'f', Owner.OTHER)])
  await using controller = await keep(pathRules, [path(1, 'a'), path(3, 'a')], { transports: kernel })
  using metrics = new Metrics()
  metrics.addController(controller)
  assert.equal(await health(metrics), ok)
  kernel.refuses = () => answer.error(Errno.EBUSY)
  kernel.take(path(1, 'a'))
  await until(() => controller.failed.length === 1, 'it is refused')
  controller.set(path(5, 'a'))
  await until(() => controller.conflicts.length === 1, 'it is in conflict')
  const { status, reasons } = await health(metrics)
  assert.equal(
    [status, ...reasons.map(({ text }) => text)],
    [
      'degraded',
      'controller path in fake kernel: 1 entry is not as desired: device or resource busy (EBUSY)',
      'controller path in fake kernel: 1 entry is in conflict with those of somebody else',
    ],
  )
  kernel.refuses = () => undefined
  controller.delete(path(5, 'a'))
  await until(() => controller.failed.length === 0 && controller.conflicts.length === 0, 'all is as desired')
  assert.equal(await health(metrics), ok)
  kernel.fail(new Error('the socket broke'))
  await controller.closed
  await turns()
  assert.equal(codes(await health(metrics)), ['failing', 'closed'])
})

healthy('refuses a lag that is none', async () => {
  using metrics = new Metrics()
  for (const maxLag of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    const error = await rejection(health(metrics, { maxLag }))
    assert.instance(error, RangeError)
    assert.match((error as Error).message, /^maxLag must be /)
  }
})

healthy.run()
