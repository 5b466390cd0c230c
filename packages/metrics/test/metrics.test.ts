import { DerivedRows, DerivedTable, openTable } from '@rtnl/live-table'
import { Metrics } from '@rtnl/metrics'
import { Connection, MessageFlag } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BELL } from '../../live-table/test/support/bell.ts'
import {
  brokenThing,
  makeKernel,
  newThing,
  rejection,
  THING_GROUP,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { PathKernel, path, pathRules } from '../../reconcile/test/support/paths.ts'
import { number, numbers, withTable } from './support/values.ts'

const measured = suite('metrics')

measured('count the changes of a table by kind and cause, its resyncs by reason, its relists, and show its rows', () =>
  withTable(async ({ kernel, things, table }) => {
    for (let id = 0; id < 7; id++) things.put(thing(id))
    await table.waitForSync()
    using metrics = new Metrics()
    metrics.addTable(table)
    const { relists } = table
    for (let id = 10; id < 15; id++) things.put(thing(id))
    for (let id = 0; id < 3; id++) things.put(thing(id, 'other'))
    for (let id = 0; id < 2; id++) things.delete(String(id))
    await table.waitForSync()
    // News of no change are none.
    kernel.notify(THING_GROUP, newThing(thing(10)))
    things.putSilently(thing(20))
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: BELL }, { port: 0 }))
    await table.waitForSync()
    kernel.overrun()
    things.deleteSilently('20')
    things.deleteSilently('10')
    things.putSilently(thing(11, 'changed'))
    await until(() => table.get({ id: 11 })?.label === 'changed', 'the table is reread')
    await table.waitForSync()

    const read = await metrics.read()
    assert.equal(numbers(read, 'rtnl_table_changes_total'), {
      'added notification thing fake kernel': 5,
      'changed notification thing fake kernel': 3,
      'removed notification thing fake kernel': 2,
      'added inferred thing fake kernel': 1,
      'changed inferred thing fake kernel': 0,
      'removed inferred thing fake kernel': 0,
      'added resync thing fake kernel': 0,
      'changed resync thing fake kernel': 1,
      'removed resync thing fake kernel': 2,
    })
    assert.equal(numbers(read, 'rtnl_table_resyncs_total'), {
      'inferred bell thing fake kernel': 1,
      'resync overrun thing fake kernel': 1,
    })
    assert.equal(numbers(read, 'rtnl_table_rows'), { 'thing fake kernel': things.entries.size })
    assert.equal(numbers(read, 'rtnl_table_in_sync'), { 'thing fake kernel': 1 })
    assert.equal(numbers(read, 'rtnl_table_incomplete_parts'), { 'thing fake kernel': 0 })
    assert.equal(numbers(read, 'rtnl_table_relists_total'), { 'thing fake kernel': table.relists })
    assert.ok(table.relists >= relists + 2)
    assert.equal(numbers(read, 'rtnl_table_memory_bytes'), { 'thing fake kernel': table.memory })
    assert.equal(numbers(read, 'rtnl_losses_total'), { 'overrun fake kernel': 1, 'truncated fake kernel': 0 })
  }),
)

measured('count what connections send, receive, lose and are refused', () =>
  withTable(async ({ kernel, things, notifier: { connection } }) => {
    using metrics = new Metrics()
    metrics.addConnection(connection)
    const before = await number(metrics, 'rtnl_requests_total')
    const add = (id: number, flags: number) =>
      connection.request({ message: thingMessage, type: ThingType.NEW, flags, entry: thing(id), operation: 'add' })
    for (let id = 0; id < 10; id++) await add(id, MessageFlag.CREATE)
    for (let id = 0; id < 4; id++) await rejection(add(id, MessageFlag.CREATE | MessageFlag.EXCL))
    for (let id = 20; id < 22; id++) await rejection(add(id, 0))
    assert.is(await number(metrics, 'rtnl_requests_total'), before + 10 + 4 + 2)
    kernel.truncated()
    kernel.foreign()
    kernel.notify(THING_GROUP, brokenThing())
    await turns()
    const read = await metrics.read()
    assert.equal(numbers(read, 'rtnl_refusals_total'), { 'EEXIST fake kernel': 4, 'ENOENT fake kernel': 2 })
    assert.equal(numbers(read, 'rtnl_losses_total'), { 'overrun fake kernel': 0, 'truncated fake kernel': 1 })
    assert.equal(numbers(read, 'rtnl_foreign_datagrams_total'), {
      'fake kernel': kernel.sockets('notification').length,
    })
    assert.ok((numbers(read, 'rtnl_malformed_messages_total')['fake kernel'] ?? 0) >= 1)
    assert.equal(numbers(read, 'rtnl_received_bytes_total'), { 'fake kernel': connection.stats().bytes })
    assert.is(things.entries.size, 10)
  }),
)

measured('add up the connections of a namespace, and never fall when one goes', async () => {
  const { kernel } = makeKernel()
  using metrics = new Metrics()
  const open = async () => {
    const connection = await Connection.open({ transports: kernel })
    const table = await openTable(thingDefinition, { notifier: await Notifier.open({ connection }) })
    return { connection, table }
  }
  const [first, second] = [await open(), await open()]
  metrics.addTable(first.table)
  metrics.addTable(second.table, { name: 'other' })
  const sum = first.connection.counters.requests + second.connection.counters.requests
  assert.is(await number(metrics, 'rtnl_requests_total'), sum)
  first.table.close()
  first.connection.close()
  assert.is(await number(metrics, 'rtnl_requests_total'), sum)
  assert.equal(numbers(await metrics.read(), 'rtnl_table_rows'), { 'other fake kernel': 0 })
  second.table.close()
  second.connection.close()
  assert.ok((await metrics.read()).every(({ samples }) => samples.length === 0))
})

measured('count the requests of a controller, and drift that it found and healed', async () => {
  const kernel = new PathKernel()
  await using controller = await keep(pathRules, [path(1, 'a'), path(2, 'a'), path(3, 'a')], { transports: kernel })
  using metrics = new Metrics()
  metrics.addController(controller, { name: 'ours' })
  const expected = kernel.texts
  kernel.take(path(1, 'a'))
  kernel.put(path(2, 'b'))
  await until(() => controller.drift.healed === 2, 'both are as they were')
  await controller.idle()
  assert.equal(kernel.texts, expected)
  const read = await metrics.read()
  const of = (name: string) => numbers(read, `rtnl_controller_${name}`)
  assert.equal(of('drift_found_total'), { 'ours fake kernel': 2 })
  assert.equal(of('drift_healed_total'), { 'ours fake kernel': 2 })
  assert.equal(of('desired_entries'), { 'ours fake kernel': 3 })
  assert.equal(of('failed_entries'), { 'ours fake kernel': 0 })
  assert.equal(of('conflicting_entries'), { 'ours fake kernel': 0 })
  assert.equal(of('requests_total'), { 'ours fake kernel': kernel.log.length })
  controller.close()
  await turns()
  assert.equal(numbers(await metrics.read(), 'rtnl_controller_desired_entries'), {})
})

measured('watch derived tables too, which have no rows of their own', () =>
  withTable(async ({ notifier, table }) => {
    const rows = new DerivedRows<{ id: number }>({ name: 'derived', ref() {}, unref() {} })
    using derived = new DerivedTable(
      rows,
      ({ id }: { id: number }) => String(id),
      () => table.state,
    )
    using metrics = new Metrics()
    assert.throws(
      () => metrics.addTable(derived),
      (error: Error) => error instanceof TypeError && error.message.startsWith('table derived is derived'),
    )
    metrics.addTable(derived, { connection: notifier.connection })
    rows.set('1', { id: 1 }, 'notification')
    const read = await metrics.read()
    assert.equal(numbers(read, 'rtnl_table_rows'), { 'derived fake kernel': 1 })
    assert.is(numbers(read, 'rtnl_table_changes_total')['added notification derived fake kernel'], 1)
    assert.equal(numbers(read, 'rtnl_table_memory_bytes'), {})
  }),
)

measured('take each name once in a namespace, and again when its table is closed', () =>
  withTable(async ({ notifier, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    const other = await openTable(thingDefinition, { notifier })
    assert.throws(
      () => metrics.addTable(other),
      (error: Error) =>
        error instanceof TypeError &&
        error.message === 'table thing in fake kernel is watched already: give this one another name, { name }',
    )
    metrics.addTable(other, { name: 'second' })
    metrics.remove(other)
    metrics.addTable(other, { name: 'second' })
    table.close()
    metrics.addTable(other)
    assert.equal(numbers(await metrics.read(), 'rtnl_table_rows'), { 'second fake kernel': 0, 'thing fake kernel': 0 })
    metrics.remove(notifier.connection)
    assert.equal(numbers(await metrics.read(), 'rtnl_table_rows'), {})
  }),
)

measured('show the time that notifications wait, as far as it has passed', () =>
  withTable(async ({ kernel, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    assert.ok((await number(metrics, 'rtnl_lag_seconds')) < 60)
    kernel.hold('notification')
    const first = await number(metrics, 'rtnl_lag_seconds')
    const second = await number(metrics, 'rtnl_lag_seconds')
    assert.ok(first >= 0.9 && second > first, `${first}, ${second}`)
    kernel.resume('notification')
    await turns()
    assert.ok((await number(metrics, 'rtnl_lag_seconds')) < second)
  }),
)

measured('leave nothing behind at tables when they are closed', () =>
  withTable(async ({ things, table }) => {
    const metrics = new Metrics()
    metrics.addTable(table)
    metrics.close()
    metrics.close()
    things.put(thing(1))
    await table.waitForSync()
    assert.ok((await metrics.read()).every(({ samples }) => samples.length === 0))
  }),
)

measured.run()
