import { Dice } from '@rtnl/compliance'
import {
  type DatapathObject,
  type DatapathOperation,
  type DatapathRows,
  datapathBatch,
  datapathOperations,
  derive,
  type Group,
  inDatapathOrder,
  planDatapath,
} from '@rtnl/evpn'
import type { DerivedObserver } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig } from '../src/config.ts'
import { Engine } from '../src/engine/engine.ts'
import { Rows } from '../src/engine/rows.ts'
import { FakeTables } from './support/fake-tables.ts'
import { RandomChanges } from './support/random-changes.ts'
import { binding, bridge, flood, group, local, nexthop, remote, vxlan } from './support/scene.ts'

const datapath = suite('what a forwarding plane needs')

const mac = (last: number): string => `02:00:00:00:00:0${last}`

/** An Ethernet segment of two endpoints, to one of which broadcasts go, and to a group of the network below. */
const scene = {
  links: [
    bridge(1, 'br0'),
    vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' }, { master: 1 }),
    bridge(3, 'swp1'),
    // A port of the bridge.
    { ...bridge(4, 'swp2'), master: 1 },
  ],
  nexthops: [nexthop(1, '192.0.2.1'), nexthop(2, '192.0.2.2'), group(7, { 1: 10, 2: 30 })],
  fdb: [
    flood(2, { dst: '192.0.2.1' }),
    flood(2, { dst: '239.1.1.100', viaIfindex: 3 }),
    flood(2, { nhId: 7 }),
    remote(2, mac(1), { nhId: 7 }),
    remote(2, mac(2), { dst: '192.0.2.1' }),
    remote(2, mac(3), { dst: '192.0.2.1' }),
    local(1, 4, mac(3)),
    remote(2, mac(4), { nhId: 8 }),
  ],
  neighbors: [binding(1, '198.51.100.1', mac(1)), binding(1, '2001:db8::1', mac(1), { flags: 0x90 })],
}

const one = 'endpoint 10 192.0.2.1 4789 10'
const two = 'endpoint 10 192.0.2.2 4789 10'

datapath('each row is an object: endpoints, groups of buckets, addresses, answers', () => {
  const plan = planDatapath(derive(scene))
  const found = (kind: DatapathObject['kind']): Record<string, unknown>[] =>
    plan.filter((object) => object.kind === kind).map(({ kind: _, key: __, ...rest }) => rest)
  assert.equal(
    found('endpoint').map(({ ip, port, encapVni }) => `${ip} ${port} ${encapVni}`),
    ['192.0.2.1 4789 10', '192.0.2.2 4789 10'],
  )
  assert.equal(found('group'), [
    { vni: 10, type: 'all' },
    { vni: 10, type: 'select', nhId: 7 },
    { vni: 10, type: 'select', nhId: 8 },
  ])
  assert.equal(found('bucket'), [
    { group: 'select 10 7', weight: 10, action: { type: 'endpoint', endpoint: one } },
    { group: 'select 10 7', weight: 30, action: { type: 'endpoint', endpoint: two } },
    { group: 'all 10', action: { type: 'endpoint', endpoint: one } },
    {
      group: 'all 10',
      action: { type: 'multicast', remote: { ip: '239.1.1.100', port: 4789, encapVni: 10, via: 3 } },
    },
    { group: 'all 10', action: { type: 'group', group: 'select 10 7' } },
  ])
  assert.equal(
    found('mac').map(({ action }) => action),
    [
      { type: 'group', group: 'select 10 7' },
      { type: 'endpoint', endpoint: one },
      // The bridge has it at another port, which the kernel uses.
      { type: 'port', ifindex: 4 },
      // A group that is not there has no buckets, and drops.
      { type: 'group', group: 'select 10 8' },
    ],
  )
  assert.equal(found('answer'), [
    { vni: 10, protocol: 'arp', ip: '198.51.100.1', mac: mac(1), router: false },
    { vni: 10, protocol: 'nd', ip: '2001:db8::1', mac: mac(1), router: true },
  ])
})

datapath('a group that loses one of its endpoints loses one bucket, and nothing else changes', () => {
  const before = derive(scene)
  const after = derive({ ...scene, nexthops: [...scene.nexthops.slice(0, 2), group(7, { 1: 20 })] })
  const [old, entry] = [before, after].map(({ groups }) => groups.find(({ nhId }) => nhId === 7)) as [Group, Group]
  const changed = { kind: 'changed', key: '10 7', entry, old } as const
  const operations = [
    {
      action: 'put',
      object: {
        kind: 'bucket',
        key: 'bucket select 10 7 1',
        group: 'select 10 7',
        weight: 20,
        action: { type: 'endpoint', endpoint: one },
      },
    },
    {
      action: 'remove',
      object: {
        kind: 'bucket',
        key: 'bucket select 10 7 2',
        group: 'select 10 7',
        weight: 30,
        action: { type: 'endpoint', endpoint: two },
      },
    },
  ]
  assert.equal(datapathOperations('groups', changed), operations)
  const batch = { event: 'change', cause: 'notification', entries: 1 } as const
  assert.equal(datapathBatch({ ...batch, table: 'groups', changes: [changed] }), operations)
  assert.equal(datapathBatch({ ...batch, table: 'notices', changes: [changed] }), [])
  // How many refer to it is nothing for a forwarding plane.
  assert.equal(datapathOperations('groups', { ...changed, entry: { ...old, macs: 5 } }), [])
})

/** A forwarding plane that refuses to refer to what it does not have, and to lose what is referred to. */
class Plane {
  readonly objects = new Map<string, DatapathObject>()
  /** How many objects refer to each. */
  readonly #references = new Map<string, number>()

  carryOut({ action, object }: DatapathOperation): void {
    const { key } = object
    const old = this.objects.get(key)
    for (const target of old === undefined ? [] : references(old)) this.#refer(target, -1)
    if (action === 'put') {
      for (const target of references(object)) {
        assert.ok(this.objects.has(target), `${key} refers to ${target}, which is not there`)
        this.#refer(target, 1)
      }
      this.objects.set(key, object)
    } else {
      assert.is(this.#references.get(key) ?? 0, 0, `${key} is removed while something refers to it`)
      this.objects.delete(key)
    }
  }

  #refer(target: string, by: 1 | -1): void {
    this.#references.set(target, (this.#references.get(target) ?? 0) + by)
  }
}

function references(object: DatapathObject): string[] {
  const own = object.kind === 'bucket' ? [object.group] : []
  if (object.kind !== 'bucket' && object.kind !== 'mac') return own
  const { action } = object
  if (action.type === 'endpoint') return [...own, action.endpoint]
  return action.type === 'group' ? [...own, action.group] : own
}

const seed = Number(process.env.SEED ?? 1)
const steps = Number(process.env.STEPS ?? 100)

datapath(`changes at random keep a forwarding plane that is as one planned anew (SEED=${seed})`, () => {
  const tables = new FakeTables()
  const rows = new Rows({ ref() {}, unref() {} })
  const engine = new Engine(checkConfig({}), tables, rows)
  const pending: DatapathOperation[] = []
  const follow = <Name extends keyof DatapathRows>(
    name: Name,
    { observers }: { readonly observers: Set<DerivedObserver<DatapathRows[Name]>> },
  ): void => {
    observers.add((change) => pending.push(...datapathOperations(name, change)))
  }
  const { vnis, vteps, groups, floods, fdb, arps } = rows
  follow('vnis', vnis)
  follow('vteps', vteps)
  follow('groups', groups)
  follow('floods', floods)
  follow('fdb', fdb)
  follow('arps', arps)
  const plane = new Plane()
  const changes = new RandomChanges(tables, new Dice(seed))
  let carriedOut = 0
  for (let step = 0; step < steps; step++) {
    changes.some(5)
    while (engine.isDirty) engine.flush()
    const operations = inDatapathOrder(pending.splice(0))
    for (const operation of operations) plane.carryOut(operation)
    carriedOut += operations.length
    const planned = planDatapath({
      vnis: vnis.entries(),
      vteps: vteps.entries(),
      groups: groups.entries(),
      floods: floods.entries(),
      fdb: fdb.entries(),
      arps: arps.entries(),
    })
    const inKeyOrder = (objects: Iterable<DatapathObject>): DatapathObject[] =>
      [...objects].sort((one, other) => (one.key < other.key ? -1 : 1))
    assert.equal(inKeyOrder(plane.objects.values()), inKeyOrder(planned), `step ${step}`)
  }
  assert.ok(carriedOut > 50, 'too little happened')
})

datapath.run()
