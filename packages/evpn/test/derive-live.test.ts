import { vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { Dice } from '@rtnl/compliance'
import { derive, deriveLive, type EvpnSourceTables, type KeyedTable } from '@rtnl/evpn'
import { linkDefinition } from '@rtnl/link'
import type { TableState } from '@rtnl/live-table'
import { fdbDefinition, neighborDefinition } from '@rtnl/neighbor'
import { nexthopDefinition } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shown } from './support/derived.ts'
import { type FakeTable, FakeTables } from './support/fake-tables.ts'
import { LateTables } from './support/late-tables.ts'
import { RandomChanges } from './support/random-changes.ts'

const live = suite('collections of tables that come by another way')

/** A table whose entries are found by the texts of their keys, as those of a fleet are. */
class Keyed<Entry extends object> implements KeyedTable<Entry> {
  state: TableState = 'live'
  readonly incomplete: KeyedTable<Entry>['incomplete'] = []
  readonly #table: FakeTable<Entry>
  readonly #keyText: (entry: Entry) => string

  constructor(table: FakeTable<Entry>, { keyText }: { keyText(entry: Entry): string }) {
    this.#table = table
    this.#keyText = keyText
  }

  get(key: string): Entry | undefined {
    for (const entry of this.#table) if (this.#keyText(entry) === key) return entry
    return undefined
  }

  observe(observer: Parameters<KeyedTable<Entry>['observe']>[0]): () => void {
    return this.#table.observe((old, next, cause) => {
      if (next === undefined && old !== undefined)
        observer({ kind: 'removed', key: this.#keyText(old), entry: old }, cause)
      else if (next !== undefined && old === undefined)
        observer({ kind: 'added', key: this.#keyText(next), entry: next }, cause)
      else if (next !== undefined && old !== undefined)
        observer({ kind: 'changed', key: this.#keyText(next), entry: next, old }, cause)
    })
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#table[Symbol.iterator]()
  }
}

function keyed({ links, vlans, filters, fdb, nexthops, neighbors }: FakeTables): {
  readonly [Name in keyof EvpnSourceTables]: Keyed<never> & EvpnSourceTables[Name]
} {
  return {
    links: new Keyed(links, linkDefinition),
    vlans: new Keyed(vlans, vlanDefinition),
    filters: new Keyed(filters, vniDefinition),
    fdb: new Keyed(fdb, fdbDefinition),
    nexthops: new Keyed(nexthops, nexthopDefinition),
    neighbors: new Keyed(neighbors, neighborDefinition),
  } as unknown as ReturnType<typeof keyed>
}

// By hand: SEED=1000 COUNT=100 STEPS=300 node tools/test.mjs --runtime node evpn/test/derive-live
const firstSeed = Number(process.env.SEED ?? 1)
const seedCount = Number(process.env.COUNT ?? 2)
const steps = Number(process.env.STEPS ?? 80)

for (let seed = firstSeed; seed < firstSeed + seedCount; seed++) {
  live(
    `tables that come one after the other, are lost and read again, give what is derived anew (SEED=${seed})`,
    async () => {
      const dice = new Dice(seed)
      const late = new LateTables(dice)
      const changes = new RandomChanges(late.kernel, dice)
      // Opened while the tables have come in part.
      changes.some(40)
      late.some()
      await using collections = await deriveLive(keyed(late.tables))
      for (let step = 0; step < steps; step++) {
        const done = [...changes.some(1 + dice.below(6)), late.some()]
        if (step === steps - 1) late.rest()
        await collections.waitForSync()
        const expected = shown(derive({ ...late.tables.snapshot(), latest: collections.latest }))
        assert.equal(shown(collections), expected, `step ${step} after ${done.join('; ')}`)
      }
      const ended = shown(derive({ ...late.kernel.snapshot(), latest: collections.latest }))
      assert.equal(shown(collections), ended, 'what the kernel has')
      assert.ok(collections.derived.fdb > steps / 4, 'too little happened')
      assert.is(collections.state, 'live')
    },
  )
}

const vxlan = {
  family: 0,
  ifindex: 3,
  ifname: 'vx',
  type: 1,
  flags: 0,
  kind: 'vxlan',
  vxlan: { id: 10, port: 4789 },
} as never

live('the state is that of the tables, and readers are told of what was read again', async () => {
  const tables = new FakeTables()
  const below = keyed(tables)
  await using collections = await deriveLive(below)
  const changes = collections.vnis.changes({ initial: false })
  const first = changes.next()
  below.fdb.state = 'stale'
  assert.is(collections.state, 'stale')
  assert.is(collections.vnis.state, 'stale')
  below.fdb.state = 'live'
  tables.links.put(vxlan, 'resync')
  assert.is(collections.state, 'stale', 'nothing is derived of it')
  await collections.waitForSync()
  assert.is(collections.state, 'live')
  const told = [(await first).value, (await changes.next()).value]
  assert.equal(
    told.map((batch) => [batch?.event, batch?.cause, batch?.reason]),
    [
      ['change', 'resync', undefined],
      ['resync', 'resync', 'table link was read again'],
    ],
  )
  below.links.state = 'closed'
  assert.is(collections.state, 'closed')
})

live('an entry that no kernel has ends the collections, and nothing else', async () => {
  const tables = new FakeTables()
  tables.links.put(vxlan)
  const collections = await deriveLive(keyed(tables))
  assert.is(collections.vnis.size, 1)
  tables.nexthops.put({ id: 1, group: 5 } as never)
  const error = await collections.closed
  assert.match(error?.message ?? '', /iterable/)
  assert.is(collections.state, 'closed')
  let refusal = ''
  await deriveLive(keyed(tables)).catch(({ message }) => {
    refusal = message
  })
  assert.match(refusal, /iterable/)
})

live.run()
