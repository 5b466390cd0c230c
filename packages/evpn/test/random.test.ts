import { Dice } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig, type EvpnConfig } from '../src/config.ts'
import { derive } from '../src/derive.ts'
import { Engine } from '../src/engine/engine.ts'
import { Rows } from '../src/engine/rows.ts'
import type { Vtep } from '../src/entries.ts'
import { vtepKey } from '../src/keys.ts'
import { FakeTables } from './support/fake-tables.ts'
import { LateTables } from './support/late-tables.ts'
import { RandomChanges } from './support/random-changes.ts'

const random = suite('random changes')

const collections = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices'] as const

/** All that is derived, by collection, in an order of its own. Identifiers depend on what was before. */
function sorted(lists: Readonly<Record<(typeof collections)[number], Iterable<object>>>): unknown {
  return Object.fromEntries(
    collections.map((name) => {
      const entries = [...lists[name]].map((entry) => JSON.stringify(name === 'vteps' ? { ...entry, id: 0 } : entry))
      return [name, entries.sort()]
    }),
  )
}

const configs: Readonly<Record<string, EvpnConfig>> = {
  'all that is there': {},
  'every change of a group, and what vxlans learn': { expand: true, learned: true },
  'as OVN': { members: false, defaultPort: 4789 },
  'some segments': {
    segments: [
      { vni: 10, vxlans: ['vx10', 'vx10b'] },
      { vni: 20, vxlans: ['svd', 'vx10'], svi: 'vlan20' },
      { vni: 30, vxlans: ['svd', 'br1', 'nothing'] },
      { vni: 10, vxlans: ['svd'] },
    ],
  },
}

// By hand: SEED=1000 COUNT=100 STEPS=300 node tools/test.mjs --runtime node evpn/test/random
const firstSeed = Number(process.env.SEED ?? 1)
const seedCount = Number(process.env.COUNT ?? 1)
const steps = Number(process.env.STEPS ?? 80)

for (const [what, config] of Object.entries(configs)) {
  for (const isLate of [false, true]) {
    const name = `${what}${isLate ? ', told late, lost and reread' : ''}`
    for (let seed = firstSeed; seed < firstSeed + seedCount; seed++) {
      random(`${name}: what is kept up to date is what is derived anew (SEED=${seed})`, () => {
        follow(config, new Dice(seed), isLate)
      })
    }
  }
}

/** Changes tables at random, and compares at each step at which all is derived. @param isLate whether tables are told later */
function follow(config: EvpnConfig, dice: Dice, isLate: boolean): void {
  const late = isLate ? new LateTables(dice) : undefined
  const tables = late?.tables ?? new FakeTables()
  const rows = new Rows({ ref() {}, unref() {} })
  const engine = new Engine(checkConfig(config), tables, rows)
  const folded = fold(rows, config.expand === true)
  const changes = new RandomChanges(late?.kernel ?? tables, dice)
  const ids = new Map<string, number>()
  rows.vteps.observers.add(({ kind, key }) => {
    if (kind === 'removed') ids.delete(key)
  })
  for (let step = 0; step < steps; step++) {
    const done = changes.some(1 + dice.below(dice.below(10) === 0 ? 60 : 4))
    if (step === steps - 1) late?.rest()
    else if (late !== undefined) done.push(late.some())
    // A flush that leaves some for the next one.
    if (dice.below(4) === 0) engine.flush(1 + dice.below(3))
    else while (engine.isDirty) engine.flush()
    if (engine.isDirty) continue
    const expected = sorted(derive({ ...tables.snapshot(), latest: engine.state.latest }, config))
    assert.equal(sorted(contents(rows)), expected, `step ${step} after ${done.join('; ')}`)
    if (config.expand === true) assert.equal(sorted(folded), expected, `folded, step ${step}`)
    checkIds([...rows.vteps.entries()], ids)
  }
  assert.ok(rows.derived.fdb > steps / 4, 'too little happened')
}

function contents(rows: Rows): Parameters<typeof sorted>[0] {
  return Object.fromEntries(collections.map((name) => [name, rows[name].entries()])) as unknown as Parameters<
    typeof sorted
  >[0]
}

/** What a reader makes of the changes. @param expanded whether a change of a group is one of each address behind it */
function fold(rows: Rows, expanded: boolean): Parameters<typeof sorted>[0] {
  const folded = Object.fromEntries(
    collections.map((name) => {
      const entries = new Map<string, object>()
      rows[name].observers.add((change: { kind: string; key: string; entry: object; old?: object }) => {
        const before = entries.get(change.key)
        if (change.kind === 'added') assert.is(before, undefined, `${name} ${change.key} is there already`)
        if (change.kind !== 'added') assert.ok(before !== undefined, `${name} ${change.key} is not there`)
        if (change.kind === 'removed' && expanded) assert.equal(before, change.entry)
        if (change.kind === 'changed' && expanded) assert.equal(before, change.old)
        if (change.kind === 'removed') entries.delete(change.key)
        else entries.set(change.key, change.entry)
      })
      return [name, { [Symbol.iterator]: () => entries.values() }]
    }),
  )
  return folded as unknown as Parameters<typeof sorted>[0]
}

/** Each endpoint has an identifier of its own, and keeps it for as long as it lives. */
function checkIds(vteps: readonly Vtep[], ids: Map<string, number>): void {
  assert.is(new Set(vteps.map(({ id }) => id)).size, vteps.length)
  for (const vtep of vteps) {
    const known = ids.get(vtepKey(vtep))
    if (known !== undefined) assert.is(vtep.id, known)
    ids.set(vtepKey(vtep), vtep.id)
    assert.ok(vtep.id > 0x80000000 && vtep.id <= 0x80000000 + 300, `${vtep.id}: identifiers are used again`)
  }
}

random.run()
