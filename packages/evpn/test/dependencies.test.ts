import type { Change } from '@rtnl/live-table'
import type { Neighbor } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig, type EvpnConfig } from '../src/config.ts'
import { derive } from '../src/derive.ts'
import { Engine } from '../src/engine/engine.ts'
import { type DerivedCounts, Rows } from '../src/engine/rows.ts'
import type { Fdb } from '../src/entries.ts'
import { shown } from './support/derived.ts'
import { FakeTables } from './support/fake-tables.ts'
import { binding, bridge, flood, group, link, local, nexthop, remote, vxlan } from './support/scene.ts'

/** What is derived again after each kind of change, and in which order messages may come. */
const dependencies = suite('dependencies of what is derived')

const mac = (last: number): string => `02:00:00:00:00:0${last}`
const port = 9

interface Scene {
  readonly tables: FakeTables
  readonly rows: Rows
  readonly engine: Engine
  /** How many of each collection a change has derived again. */
  derivedBy(change: () => void): Partial<DerivedCounts>
}

/** Three addresses behind a group of two members, one behind an endpoint, and a binding of each. */
function scene(config: EvpnConfig = {}): Scene {
  const tables = new FakeTables()
  const { links, nexthops, fdb, neighbors } = tables
  const devices = [bridge(1, 'br0'), vxlan(2, 'vx10', { id: 10 }, { master: 1 }), vxlan(3, 'vx20', { id: 20 })]
  for (const entry of [...devices, link(port, 'p0', { kind: 'veth', master: 1 })]) links.put(entry)
  for (const entry of [nexthop(1, '192.0.2.1'), nexthop(2, '192.0.2.2'), group(10, { 1: 1, 2: 1 })]) nexthops.put(entry)
  for (const last of [1, 2, 3]) fdb.put(remote(2, mac(last), { nhId: 10 }))
  fdb.put(remote(2, mac(4), { dst: '192.0.2.4' }))
  fdb.put(flood(2, { dst: '192.0.2.4' }))
  for (const last of [1, 2, 3, 4]) {
    fdb.put(local(1, 2, mac(last), { flags: 16 }))
    neighbors.put(binding(1, `10.0.0.${last}`, mac(last)))
  }
  const rows = new Rows({ ref() {}, unref() {} })
  const engine = new Engine(checkConfig(config), tables, rows)
  for (const _ of engine.fill());
  while (engine.isDirty) engine.flush()
  const derivedBy = (change: () => void): Partial<DerivedCounts> => {
    const before = { ...rows.derived }
    change()
    while (engine.isDirty) engine.flush()
    const counts = Object.entries(rows.derived).map(
      ([name, count]) => [name, count - before[name as keyof DerivedCounts]] as const,
    )
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  }
  return { tables, rows, engine, derivedBy }
}

const observed = (rows: Rows): string[] => {
  const changes: string[] = []
  for (const name of ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices'] as const) {
    rows[name].observers.add(({ kind, key }: Change<unknown>) => void changes.push(`${name} ${kind} ${key}`))
  }
  return changes
}

dependencies('messages that say what is known change nothing', () => {
  const { tables, rows, engine } = scene()
  const changes = observed(rows)
  for (const table of [tables.links, tables.nexthops, tables.fdb, tables.neighbors] as const) {
    for (const entry of [...table]) table.put({ ...entry } as never)
  }
  while (engine.isDirty) engine.flush()
  assert.equal(changes, [])
})

dependencies('a change derives again what depends on it, and nothing else', () => {
  const { tables, derivedBy } = scene()
  const { links, nexthops, fdb, neighbors } = tables
  const cases: readonly (readonly [string, () => void, Partial<DerivedCounts>])[] = [
    ['a binding', () => neighbors.put(binding(1, '10.0.0.9', mac(9))), { arps: 1 }],
    // Of an address whose entry changed the bindings are looked at: they may be those of a router.
    ['an entry of the bridge', () => fdb.put(local(1, port, mac(1))), { fdb: 1, arps: 1 }],
    ['an entry of the bridge for nobody', () => fdb.put(local(1, port, mac(8))), { fdb: 1 }],
    ['weights of a group', () => nexthops.put(group(10, { 1: 5, 2: 7 })), { groups: 1, vteps: 2 }],
    // No message of the group comes. One endpoint goes, another one comes, and one stays.
    ['the address of a member', () => nexthops.put(nexthop(1, '192.0.2.9')), { groups: 1, vteps: 3 }],
    ['a nexthop that nobody uses', () => nexthops.put(nexthop(5, '192.0.2.5')), {}],
    ['a link that goes down', () => links.put(link(port, 'p0', { kind: 'veth', master: 1, flags: 0 })), {}],
  ]
  for (const [what, change, expected] of cases) assert.equal(derivedBy(change), expected, what)
  // An entry: itself, and its endpoints; that of another VNI, nothing of this one.
  assert.equal(
    derivedBy(() => fdb.put(remote(2, mac(4), { dst: '192.0.2.7' }))),
    { fdb: 1, vteps: 2, arps: 1 },
  )
  assert.equal(
    derivedBy(() => fdb.put(remote(3, mac(4), { dst: '192.0.2.7' }))),
    { fdb: 1, vteps: 1 },
  )
})

dependencies('a change of a group is one of each address behind it, if that is asked for', () => {
  for (const expand of [false, true]) {
    const { tables, rows, engine } = scene({ expand })
    const changes: Change<Fdb>[] = []
    rows.fdb.observers.add((change) => void changes.push(change))
    tables.nexthops.put(group(10, { 1: 1, 2: 9 }))
    engine.flush()
    assert.equal(changes.map(({ key }) => key).sort(), expand ? [1, 2, 3].map((last) => `10 ${mac(last)}`) : [])
    for (const change of changes) {
      const weights = ({ paths }: Fdb): number[] => paths.map(({ weight }) => weight)
      assert.ok(change.kind === 'changed')
      assert.equal(
        [weights(change.old), weights(change.entry)],
        [
          [1, 1],
          [1, 9],
        ],
      )
    }
  }
})

dependencies('a group that went leads nowhere at once, until its entries are known to be gone', () => {
  const { tables, rows, engine } = scene()
  tables.nexthops.remove({ id: 10 })
  engine.flush()
  const entry = rows.fdb.shown(`10 ${mac(1)}`)
  assert.equal([entry?.status, entry?.paths], ['unresolved', []])
  assert.equal(
    [...rows.vteps.entries()].map(({ ip }) => ip),
    ['192.0.2.4'],
  )
  assert.equal(
    [...rows.unresolved.entries()].map(({ table, mac: of, nhId, reason }) => [table, of, nhId, reason]).sort(),
    [1, 2, 3].map((last) => ['fdb', mac(last), 10, 'nexthop-missing']),
  )
  for (const last of [1, 2, 3]) tables.fdb.remove(remote(2, mac(last), {}), 'inferred')
  engine.flush()
  assert.equal([rows.fdb.size, rows.groups.size, rows.unresolved.size], [1, 0, 0])
})

dependencies('whatever the order of messages, no path is shown over a nexthop that is not there', () => {
  const messages: readonly (readonly [string, (tables: FakeTables) => void])[] = [
    ['member 1 goes', ({ nexthops }) => nexthops.remove({ id: 1 })],
    ['the group without it', ({ nexthops }) => nexthops.put(group(10, { 2: 1 }))],
    ['member 2 is another family', ({ nexthops }) => nexthops.put(nexthop(2, '2001:db8::2'))],
    ['an entry moves to another group', ({ fdb }) => fdb.put(remote(2, mac(1), { nhId: 11 }))],
    ['that group comes', ({ nexthops }) => nexthops.put(group(11, { 3: 4 }))],
    ['its member comes', ({ nexthops }) => nexthops.put(nexthop(3, '192.0.2.3') satisfies Nexthop)],
    ['the old group goes', ({ nexthops }) => nexthops.remove({ id: 10 })],
    ['an entry goes', ({ fdb }) => fdb.remove(remote(2, mac(2), {}) satisfies Neighbor)],
  ]
  let orders = 0
  for (const order of permutations(messages.length)) {
    // A part of them, which are 40,320.
    if (orders++ % 101 !== 0) continue
    const { tables, rows, engine } = scene()
    for (const place of order) {
      messages[place]?.[1](tables)
      engine.flush()
      for (const { paths, mac: of } of rows.fdb.entries()) {
        for (const { nexthopId } of paths) {
          const isThere = nexthopId === undefined || tables.nexthops.get({ id: nexthopId }) !== undefined
          assert.ok(isThere, `${of} by ${nexthopId}: ${order.map((each) => messages[each]?.[0]).join(', ')}`)
        }
      }
    }
    const anew = shown(derive({ ...tables.snapshot(), latest: engine.state.latest }))
    assert.equal(shown(listsOf(rows)), anew, order.map((each) => messages[each]?.[0]).join(', '))
  }
})

function listsOf({ vnis, vteps, floods, groups, fdb, arps, unresolved, notices }: Rows) {
  return {
    vnis: vnis.entries(),
    vteps: vteps.entries(),
    floods: floods.entries(),
    groups: groups.entries(),
    fdb: fdb.entries(),
    arps: arps.entries(),
    unresolved: unresolved.entries(),
    notices: notices.entries(),
  }
}

function* permutations(count: number, chosen: readonly number[] = []): Generator<readonly number[], void, undefined> {
  if (chosen.length === count) yield chosen
  for (let next = 0; next < count; next++) if (!chosen.includes(next)) yield* permutations(count, [...chosen, next])
}

dependencies.run()
