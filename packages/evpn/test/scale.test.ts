import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig } from '../src/config.ts'
import { Engine } from '../src/engine/engine.ts'
import { type DerivedCounts, Rows } from '../src/engine/rows.ts'
import { FakeTables } from './support/fake-tables.ts'
import { bridge, group, local, nexthop, remote, vxlan } from './support/scene.ts'

/** What is derived, by the number of hardware addresses: 4 VTEPs, and 10 groups of two of them. */
const scale = suite('scale')

const groups = 10
const macOf = (number: number): string =>
  `02:00:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`

class Scene {
  readonly tables = new FakeTables()
  readonly rows = new Rows({ ref() {}, unref() {} })
  readonly engine: Engine

  constructor(macs: number) {
    const { links, nexthops, fdb } = this.tables
    links.put(bridge(1, 'br0'))
    links.put(vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' }, { master: 1 }))
    for (const id of [1, 2, 3, 4]) nexthops.put(nexthop(id, `192.0.2.${id}`))
    for (let place = 0; place < groups; place++)
      nexthops.put(group(100 + place, { [1 + (place % 4)]: 1, [1 + ((place + 1) % 4)]: 1 }))
    for (let number = 0; number < macs; number++) {
      fdb.put(remote(2, macOf(number), { nhId: 100 + (number % groups) }))
      fdb.put(local(1, 2, macOf(number)))
    }
    this.engine = new Engine(checkConfig({}), this.tables, this.rows)
  }

  /** Takes in what the tables hold, and derives it in slices. */
  open(): void {
    for (const _ of this.engine.fill());
    while (this.engine.isDirty) this.engine.flush(7)
  }

  /** How many rows of each collection a change derives. */
  derivedBy(change: (tables: FakeTables) => void): DerivedCounts {
    const before = { ...this.rows.derived }
    change(this.tables)
    while (this.engine.isDirty) this.engine.flush()
    const names = Object.keys(before) as (keyof DerivedCounts)[]
    return Object.fromEntries(names.map((name) => [name, this.rows.derived[name] - before[name]])) as DerivedCounts
  }
}

scale('what is there is derived once, and each group twice: as it is, and with the number of its addresses', () => {
  const scene = new Scene(300)
  scene.open()
  const { vnis, fdb, groups: derived, floods, arps } = scene.rows.derived
  assert.equal({ vnis, fdb, derived, floods, arps }, { vnis: 1, fdb: 300, derived: 2 * groups, floods: 0, arps: 0 })
  assert.equal(
    [...scene.rows.groups.entries()].map(({ macs }) => macs),
    Array(groups).fill(300 / groups),
  )
  assert.is(scene.rows.notices.size, 0)
})

scale('a change derives the same with ten times the addresses', () => {
  const changes: Record<string, (tables: FakeTables) => void> = {
    'the nexthop of a VTEP': ({ nexthops }) => nexthops.put(nexthop(1, '192.0.2.9')),
    'a group': ({ nexthops }) => nexthops.put(group(100, { 3: 1, 4: 1 })),
    'an address': ({ fdb }) => fdb.put(remote(2, macOf(5), { nhId: 101 })),
    'an address that goes': ({ fdb }) => fdb.remove(remote(2, macOf(6), { nhId: 106 })),
    'a port that goes down': ({ links }) =>
      links.put(vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' }, { master: 1, flags: 0 })),
  }
  const scenes = [new Scene(100), new Scene(1000)]
  for (const scene of scenes) scene.open()
  for (const [name, change] of Object.entries(changes)) {
    const [few, many] = scenes.map((scene) => scene.derivedBy(change))
    assert.equal(many, few, name)
    assert.is(few?.fdb, name.startsWith('an address') ? 1 : 0, name)
    assert.is((few?.groups ?? 0) > 0, name !== 'a port that goes down', name)
  }
})

scale('entries share the paths of their group, or those to their endpoint', () => {
  const scene = new Scene(20)
  for (const number of [20, 21]) scene.tables.fdb.put(remote(2, macOf(number), { dst: '192.0.2.1' }))
  scene.open()
  const pathsOf = (number: number): unknown => scene.rows.fdb.shown(`10 ${macOf(number)}`)?.paths
  assert.ok(pathsOf(1) !== undefined && pathsOf(1) === pathsOf(11))
  assert.ok(pathsOf(20) !== undefined && pathsOf(20) === pathsOf(21))
})

scale.run()
