import {
  type ChangeBatch,
  changesOf,
  DerivedRows,
  DerivedTable,
  type LiveTable,
  openTable,
  SourceTables,
} from '@rtnl/live-table'
import { Errno } from '@rtnl/netlink-core'
import { answer, type FakeKernel, type FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { BELL, bellDefinition } from './support/bell.ts'

/** Tables that are derived from one that is reread. */
const resyncs = suite('resyncs of what is below derived tables')

const low = 100

/** Things with a small id in one derived table, and the others in another one, as a program derives them. */
class Halves {
  readonly live: LiveTable<Thing>
  readonly sources: SourceTables
  readonly rows: readonly [DerivedRows<Thing>, DerivedRows<Thing>]
  readonly tables: readonly DerivedTable<Thing, Pick<Thing, 'id'>>[]

  constructor(live: LiveTable<Thing>) {
    this.live = live
    this.sources = new SourceTables([live as unknown as LiveTable<never>])
    const life = { incomplete: () => this.sources.incomplete, ref() {}, unref() {} }
    this.rows = [new DerivedRows<Thing>({ name: 'low', ...life }), new DerivedRows<Thing>({ name: 'high', ...life })]
    this.tables = this.rows.map(
      (rows) =>
        new DerivedTable(
          rows,
          ({ id }: Pick<Thing, 'id'>) => String(id),
          () => this.sources.state,
        ),
    )
    const rowsOf = ({ id = 0 }: Thing): DerivedRows<Thing> => this.rows[id < low ? 0 : 1]
    for (const entry of live) rowsOf(entry).set(String(entry.id), entry, 'dump')
    live.observe((old, next, cause) => {
      if (next !== undefined) rowsOf(next).set(String(next.id), next, cause)
      else if (old !== undefined) rowsOf(old).delete(String(old.id), cause)
    })
  }
}

async function withHalves(
  test: (scene: {
    readonly kernel: FakeKernel
    readonly table: FakeTable<Thing>
    readonly halves: Halves
    readonly lines: readonly string[]
  }) => Promise<void>,
): Promise<void> {
  const { kernel, table } = makeKernel()
  table.wanted = (entry, filter) => filter.port === 0 || entry.port === filter.port
  for (const id of [1, 101]) table.putSilently({ ...thing(id), port: 1 })
  await using live = await openTable(bellDefinition, { transports: kernel })
  const halves = new Halves(live)
  const lines: string[] = []
  const following = (async () => {
    for await (const { event, table: name, cause, changes, reason } of changesOf(halves.tables, { initial: false })) {
      const what = changes.map(({ kind, key }: ChangeBatch<unknown>['changes'][number]) => ` ${kind} ${key}`)
      lines.push(`${name} ${event} ${cause}${what.join()}${reason === undefined ? '' : ` ${reason}`}`)
    }
  })()
  try {
    await turns()
    await test({ kernel, table, halves, lines })
  } finally {
    for (const rows of halves.rows) rows.end(undefined)
    await following
  }
}

resyncs('are told to readers whose rows changed, behind the changes, when all is derived', () =>
  withHalves(async ({ kernel, table, halves, lines }) => {
    let derived = false
    halves.sources.follow(halves.rows, () => {
      derived = true
    })
    kernel.overrun()
    table.putSilently({ ...thing(2), port: 1 })
    await until(() => halves.sources.state === 'stale', 'stale')
    await until(() => derived, 'the table was reread')
    await until(() => halves.live.state === 'live', 'the table is live')
    // What depends on it may not be derived yet.
    assert.equal(
      halves.tables.map(({ state }) => state),
      ['stale', 'stale'],
    )
    halves.sources.derived(halves.rows)
    assert.is(halves.sources.state, 'live')
    await turns()
    assert.equal(lines, ['low change resync added 2', 'low resync resync overrun'])
    // Each is told once.
    halves.sources.derived(halves.rows)
    table.put({ ...thing(102), port: 1 })
    await halves.live.waitForSync()
    await turns()
    assert.equal(lines.slice(2), ['high change notification added 102'])
  }),
)

resyncs('that follow a silence have its reason, and several at once are told each', () =>
  withHalves(async ({ kernel, table, halves, lines }) => {
    halves.sources.follow(halves.rows, () => {})
    table.deleteSilently('101')
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: BELL }, { port: 1 }))
    await halves.live.waitForSync()
    table.putSilently({ ...thing(1, 'other'), port: 1 })
    await halves.live.resync()
    halves.sources.derived(halves.rows)
    await turns()
    assert.equal(lines.slice(0, 2).sort(), ['high change inferred removed 101', 'low change resync changed 1'])
    assert.equal(lines.slice(2), [
      'low resync inferred bell',
      'low resync resync requested',
      'high resync inferred bell',
      'high resync resync requested',
    ])
  }),
)

resyncs('that find nothing are told to nobody', () =>
  withHalves(async ({ halves, lines }) => {
    halves.sources.follow(halves.rows, () => {})
    await halves.live.resync()
    halves.sources.derived(halves.rows)
    await turns()
    assert.equal(lines, [])
    assert.is(halves.sources.state, 'live')
  }),
)

resyncs('by which a part stays incomplete: said, and shown with the name of the table', () =>
  withHalves(async ({ kernel, table, halves, lines }) => {
    halves.sources.follow(halves.rows, () => {})
    assert.equal(halves.tables[0]?.incomplete, [])
    kernel.on(ThingType.GET, () =>
      answer.dump(thingMessage, ThingType.NEW, [table.entries.get('1')!], { doneErrno: Errno.EMSGSIZE }),
    )
    await halves.live.resync()
    halves.sources.derived(halves.rows)
    await turns()
    const part = { part: 'thing all', behind: '1', tooLarge: [] }
    assert.equal(
      halves.tables.map(({ incomplete }) => incomplete),
      [[part], [part]],
    )
    const text = 'thing all behind 1 (an entry is too large for a dump)'
    assert.equal(lines, [`low incomplete resync ${text}`, `high incomplete resync ${text}`])
    // Whoever begins to read is told behind the content.
    const events: string[] = []
    for await (const { event, reason = '' } of halves.tables[0]?.changes() ?? []) {
      events.push(`${event} ${reason}`)
      if (event === 'incomplete') break
    }
    assert.equal(events, ['change ', 'synced ', `incomplete ${text}`])
  }),
)

resyncs.run()
