import type { Cause, Change, ChangeBatch, TableState } from '@rtnl/live-table'
import { noStats } from '@rtnl/netlink-core/internal'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TableActivity } from '../src/activity/table-activity.ts'
import { findTable } from '../src/tables/registry.ts'

const model = suite('what tables do')

const sockets = { ...noStats, receiveBuffer: 425_984 }
const state: TableState = 'live'
let now = 1_000_000

function started(...names: string[]): TableActivity {
  const tables = names.map((name) => ({ module: findTable(name), table: { size: 7, state } }))
  return new TableActivity(
    tables,
    () => sockets,
    () => now,
  )
}

function batch(table: string, cause: Cause, ...changes: Change<unknown>[]): ChangeBatch<unknown> {
  return { event: 'change', table, cause, changes, entries: 7 }
}

const route = { family: 2, tos: 0, protocol: 186, scope: 0, type: 1, flags: 0, table: 254, dst: '10.0.0.0/8', oif: 3 }
const added = (key: string, entry: unknown): Change<unknown> => ({ kind: 'added', key, entry })

model('by cause, prefix, interface and protocol; the dump at first is none of it', () => {
  const top = started('route', 'address')
  top.count(batch('route', 'dump', added('a', route)))
  top.count(
    batch('route', 'notification', added('b', { ...route, multipath: [{ oif: 3 }, { oif: 4 }], oif: undefined })),
  )
  top.count(batch('route', 'inferred', { kind: 'removed', key: 'a', entry: route }))
  // Addresses have protocols of their own: 3 is kernel_ll (linux/if_addr.h), and not boot.
  const address = { family: 10, prefixlen: 64, ifindex: 4, address: 'fe80::1', protocol: 3, scope: 253, flags: 0 }
  top.count(batch('address', 'notification', added('c', address)))
  const { changes, causes, prefixes, interfaces, protocols, tables } = top.read()
  assert.is(changes, 3)
  assert.equal(causes, { dump: 0, notification: 2, inferred: 1, resync: 0 })
  const pairs = (counted: readonly { key: unknown; count: number }[]) =>
    new Map(counted.map((one) => [one.key, one.count]))
  assert.equal(
    pairs(prefixes),
    new Map([
      ['10.0.0.0/8', 2],
      ['fe80::1/64', 1],
    ]),
  )
  assert.equal(
    pairs(interfaces),
    new Map([
      [3, 2],
      [4, 2],
    ]),
  )
  assert.equal(
    pairs(protocols),
    new Map([
      ['bgp', 2],
      ['kernel_ll', 1],
    ]),
  )
  assert.equal(
    tables.map((table) => [table.rows, table.changes]),
    [
      [7, 2],
      [7, 1],
    ],
  )
})

model('a resync has what was found before it; one that found nothing is only counted', () => {
  const top = started('route')
  const resync = (cause: 'inferred' | 'resync', reason: string): ChangeBatch<unknown> => ({
    event: 'resync',
    table: 'route',
    cause,
    changes: [],
    entries: 7,
    reason,
  })
  top.count(resync('inferred', 'link'))
  top.count(batch('route', 'inferred', added('a', route), added('b', route)))
  top.count(resync('inferred', 'nexthop'))
  top.count(resync('resync', 'overrun'))
  const { resyncs, lastResyncs } = top.read()
  assert.equal(
    [...resyncs],
    [
      ['link', 1],
      ['nexthop', 1],
      ['overrun', 1],
    ],
  )
  assert.equal(
    lastResyncs.map(({ reason, changes }) => [reason, changes]),
    [
      ['overrun', 0],
      ['nexthop', 2],
    ],
  )
})

model('a row that is opened has the changes that are known, and those that come', () => {
  const top = started('route')
  const next = { ...route, oif: 4 }
  top.count(batch('route', 'notification', added('a', route), added('b', route)))
  const history = top.openRow(findTable('route'), 'a', route)
  assert.is(history.changes.newest().length, 1)
  top.count(batch('route', 'notification', { kind: 'changed', key: 'a', entry: next, old: route }, added('c', route)))
  assert.equal([history.entry, history.gone], [next, false])
  top.count(batch('route', 'notification', { kind: 'removed', key: 'a', entry: next }))
  assert.equal(
    history.changes.newest().map(({ change }) => change.kind),
    ['removed', 'changed', 'added'],
  )
  assert.ok(history.gone)
  top.closeRow()
  top.count(batch('route', 'notification', added('a', route)))
  assert.is(history.changes.newest().length, 3)
  assert.is(top.changedRow('route', 'a')?.count, 4)
})

model('memory stays the same, however many rows change how often', () => {
  const top = started('route')
  for (let round = 0; round < 30; round++) {
    const many = Array.from({ length: 1000 }, (_, place): Change<unknown> => {
      const number = round * 1000 + place
      return added(String(number), { ...route, dst: `10.${number >> 8}.${number & 255}.0/24`, oif: number })
    })
    top.count(batch('route', 'notification', ...many))
    now += 100
  }
  const { changes, tables, lastChanges, prefixes } = top.read()
  assert.equal([changes, tables[0]?.changes], [30_000, 30_000])
  assert.ok([...top.changedRows('route')].length <= 4096)
  assert.ok(lastChanges.length <= 100 && prefixes.length <= 50)
  // Ten batches in each of the last seconds that are over.
  assert.is(top.read().perSecond > 0, true)
})

model.run()
