import {
  type ChangeBatch,
  changesOf,
  LiveTable,
  openTable,
  openTableAs,
  sharedDefinitions,
  type TableDefinition,
  type TableView,
} from '@rtnl/live-table'
import { ClosedError, DecodeError, type NetlinkError } from '@rtnl/netlink-core'
import { answer, type FakeKernel, type FakeTable } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  rejection,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  turns,
} from '../../notifier/test/things.ts'
import { byKey, Follower } from './follow.ts'

const pool = suite('tables that share their rows')

interface Shared {
  readonly kernel: FakeKernel
  readonly table: FakeTable<Thing>
  readonly notifier: Notifier
  open(options?: { readonly signal?: AbortSignal }): Promise<LiveTable<Thing>>
  /** Opens a table that shows the things of a port. */
  openOf(port: number): Promise<LiveTable<Thing>>
}

async function withNotifier(run: (shared: Shared) => Promise<void>): Promise<void> {
  const { kernel, table } = makeKernel()
  const notifier = await Notifier.open({ transports: kernel })
  const openOf = (port: number): Promise<LiveTable<Thing>> =>
    openTableAs(thingDefinition, (place) => new LiveTable(place, (entry) => entry.port === port), { notifier })
  try {
    await run({
      kernel,
      table,
      notifier,
      open: (options) => openTable(thingDefinition, { notifier, ...options }),
      openOf,
    })
  } finally {
    notifier.close()
  }
  assert.is(notifier.sinks, 0)
}

pool('read it once, and the later one shows what the first one does', () =>
  withNotifier(async ({ table, notifier, open }) => {
    table.put(thing(1))
    const first = await open()
    table.put(thing(2))
    const second = await open()
    const follower = new Follower(second)
    table.put(thing(3))
    await second.waitForSync()
    await turns()
    assert.equal(follower.lines, ['dump added 1, added 2', 'synced (dump)', 'notification added 3'])
    assert.equal(byKey(first), byKey([thing(1), thing(2), thing(3)]))
    assert.equal(byKey(second), byKey(first))
    assert.is(second.relists, 1)
    assert.is(notifier.sinks, 1)
    first.close()
    assert.is(notifier.sinks, 1)
    second.close()
    assert.is(notifier.sinks, 0)
  }),
)

pool('show when they are open what happened before that was asked for, even if its notification is on its way', () =>
  withNotifier(async ({ kernel, table, open }) => {
    const first = await open()
    kernel.hold('notification')
    table.put(thing(1))
    const opening = open()
    await turns()
    kernel.resume('notification')
    const second = await opening
    assert.equal(byKey(second), byKey([thing(1)]))
    first.close()
    second.close()
  }),
)

pool('are one for those who open it while it is being read', () =>
  withNotifier(async ({ kernel, table, notifier, open }) => {
    table.put(thing(1))
    kernel.hold('dump')
    const openings = [open(), open(), open()]
    await turns()
    assert.is(notifier.sinks, 1)
    kernel.resume('dump')
    const tables = await Promise.all(openings)
    for (const each of tables) assert.equal(byKey(each), byKey([thing(1)]))
    assert.is(tables[0]?.relists, 1)
    for (const each of tables) each.close()
    assert.is(notifier.sinks, 0)
  }),
)

pool('go on being opened for those who wait when another one gives up', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    for (const isFirst of [true, false]) {
      const abort = new AbortController()
      const reason = new Error('enough')
      kernel.hold('dump')
      const patient = (): Promise<LiveTable<Thing>> => open()
      const impatient = (): Promise<unknown> => rejection(open({ signal: abort.signal }))
      const [one, other] = isFirst ? [impatient(), patient()] : [patient(), impatient()]
      await turns()
      abort.abort(reason)
      await turns()
      assert.is(await (isFirst ? one : other), reason)
      kernel.resume('dump')
      const live = (await (isFirst ? other : one)) as LiveTable<Thing>
      assert.is(live.state, 'live')
      live.close()
      assert.is(notifier.sinks, 0)
    }
  }),
)

pool('are given up with the last one who waits', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    const aborts = [new AbortController(), new AbortController()]
    kernel.hold('dump')
    const openings = aborts.map(({ signal }) => rejection(open({ signal })))
    await turns()
    for (const [index, abort] of aborts.entries()) abort.abort(index)
    assert.equal(await Promise.all(openings), [0, 1])
    assert.is(notifier.sinks, 0)
    kernel.resume('dump')
    const live = await open()
    assert.is(live.state, 'live')
    live.close()
  }),
)

pool('that cannot be read are refused to all who wait, and read anew for the next one', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    const other = makeKernel().kernel
    let refuses = true
    let readings = 0
    kernel.on(ThingType.GET, () => {
      readings++
      return refuses ? answer.error(95) : answer.dump(thingDefinition.message, ThingType.NEW, [thing(1)])
    })
    const errors = await Promise.all([rejection(open()), rejection(open())])
    for (const error of errors) assert.is((error as NetlinkError).errno, 95)
    assert.is(readings, 1)
    assert.is(notifier.sinks, 0)
    refuses = false
    const live = await open()
    assert.equal(byKey(live), byKey([thing(1)]))
    live.close()
    assert.equal(other.sockets(), [])
  }),
)

pool('end one by one: what others do goes on', () =>
  withNotifier(async ({ kernel, table, notifier, open }) => {
    const [first, second] = [await open(), await open()]
    const followers = [new Follower(first), new Follower(second)]
    const heard: string[] = []
    // The same function: each of them is told.
    const observer = (_old: Thing | undefined, next: Thing | undefined): void => void heard.push(String(next?.id))
    first.observe(observer)
    second.observe(observer)
    table.put(thing(1))
    await second.waitForSync()
    await turns()
    assert.equal(heard, ['1', '1'])
    kernel.hold('dump')
    const waiting = [rejection(first.resync()), rejection(first.waitForSync())]
    const resynced = second.resync()
    await turns()
    assert.is(second.state, 'stale')
    first.close()
    for (const error of await Promise.all(waiting)) assert.instance(error, ClosedError)
    assert.is(await first.closed, undefined)
    assert.is(first.state, 'closed')
    await followers[0]?.ended
    assert.throws(
      () => first.changes(),
      (error: unknown) => error instanceof ClosedError,
    )
    assert.type(first.observe(observer), 'function')
    kernel.resume('dump')
    await resynced
    assert.is(second.state, 'live')
    table.put(thing(2))
    await second.waitForSync()
    await turns()
    assert.equal(heard, ['1', '1', '2'])
    assert.equal(followers[0]?.lines, ['synced (dump)', 'notification added 1'])
    const told = ['synced (dump)', 'notification added 1', 'resync requested (resync)', 'notification added 2']
    assert.equal(followers[1]?.lines, told)
    assert.is(notifier.sinks, 1)
    second.close()
    await followers[1]?.ended
    assert.equal(await notifier.fence(), undefined)
  }),
)

pool('tell all their streams of a resync that one asks for', () =>
  withNotifier(async ({ table, open }) => {
    const [first, second] = [await open(), await open()]
    const followers = [new Follower(first), new Follower(second)]
    await turns()
    table.putSilently(thing(1))
    await first.resync()
    await turns()
    for (const { lines } of followers) {
      assert.equal(lines, ['synced (dump)', 'resync added 1', 'resync requested (resync)'])
    }
    first.close()
    second.close()
  }),
)

pool('end together with the error that ends one, and are opened anew', () =>
  withNotifier(async ({ kernel, table, open }) => {
    const [first, second] = [await open(), await open()]
    const follower = new Follower(second)
    await turns()
    kernel.on(ThingType.GET, () => answer.raw(new Uint8Array(16)))
    kernel.overrun()
    const errors = await Promise.all([first.closed, second.closed])
    assert.instance(errors[0], DecodeError)
    assert.is(errors[1], errors[0])
    assert.is(await rejection(follower.ended), errors[0])
    assert.is(await rejection(first.waitForSync()), errors[0])
    kernel.on(ThingType.GET, () => answer.dump(thingDefinition.message, ThingType.NEW, [thing(1)]))
    table.putSilently(thing(1))
    const third = await open()
    first.close()
    second.close()
    assert.equal(byKey(third), byKey([thing(1)]))
    assert.is(third.state, 'live')
    third.close()
  }),
)

pool('end with the notifier that one of them has of its own', async () => {
  const { kernel } = makeKernel()
  const owner = await openTable(thingDefinition, { transports: kernel })
  const guest = await openTable(thingDefinition, { notifier: owner.notifier })
  kernel.hold('dump')
  const waiting = rejection(guest.resync())
  owner.close()
  assert.is(await owner.closed, undefined)
  assert.instance(await guest.closed, ClosedError)
  assert.instance(await waiting, ClosedError)
  assert.equal(kernel.sockets(), [])
  const late = openTable(thingDefinition, { notifier: owner.notifier })
  assert.instance(await rejection(late), ClosedError)
})

pool('a guest that is closed leaves the notifier to the one that has it', async () => {
  const { kernel, table } = makeKernel()
  const owner = await openTable(thingDefinition, { transports: kernel })
  const guest = await openTable(thingDefinition, { notifier: owner.notifier })
  guest.close()
  table.put(thing(1))
  await owner.waitForSync()
  assert.equal(byKey(owner), byKey([thing(1)]))
  owner.close()
  assert.equal(kernel.sockets(), [])
})

pool('are shown to each by its own choice', () =>
  withNotifier(async ({ table, notifier, open, openOf }) => {
    const at = (port: number, id: number): Thing => ({ ...thing(id), port })
    for (const entry of [at(1, 1), at(2, 2), at(1, 3)]) table.put(entry)
    const [all, ones, twos] = [await open(), await openOf(1), await openOf(2)]
    assert.is(notifier.sinks, 1)
    assert.equal([all.size, ones.size, twos.size], [3, 2, 1])
    const followers = [all, ones, twos].map((live) => new Follower(live))
    await turns()
    table.put(at(2, 1))
    table.delete('3')
    await all.waitForSync()
    await turns()
    assert.equal(followers[0]?.lines.slice(-1), ['notification changed 1, removed 3'])
    assert.equal(followers[1]?.lines.slice(-1), ['notification removed 1, removed 3'])
    assert.equal(followers[2]?.lines.slice(-1), ['notification added 1'])
    assert.equal(byKey(twos), byKey([at(2, 1), at(2, 2)]))
    assert.equal(byKey(await twos.snapshot()), byKey(twos))
    assert.is(ones.get({ id: 1 }), undefined)
    assert.equal(twos.get({ id: 1 }), at(2, 1))
    // Rows come and go after the end of one that was shown some: it shows none that it would not have.
    twos.close()
    table.delete('2')
    table.put(at(1, 4))
    table.put(at(2, 5))
    await all.waitForSync()
    assert.equal(byKey(twos), byKey([at(2, 1), at(2, 5)]))
    assert.equal(byKey(ones), byKey([at(1, 4)]))
    all.close()
    ones.close()
  }),
)

pool('tell a change once when an observer asks again what is shown because of it', () =>
  withNotifier(async ({ table, open, openOf }) => {
    const [all, ones] = [await open(), await openOf(1)]
    const follower = new Follower(ones)
    await turns()
    const work: Promise<void>[] = []
    all.observe(() => void work.push(ones.reselect()))
    table.put({ ...thing(1), port: 1 })
    table.put({ ...thing(1, 'other'), port: 2 })
    table.put({ ...thing(1, 'third'), port: 1 })
    table.put({ ...thing(1, 'fourth'), port: 1 })
    await all.waitForSync()
    await Promise.all(work)
    await turns()
    const told = ['added 1', 'removed 1', 'added 1', 'changed 1'].join(', ')
    assert.equal(follower.lines, ['synced (dump)', `notification ${told}`])
    assert.equal(follower.fold.sorted, byKey(ones))
    all.close()
    ones.close()
  }),
)

pool('share what is made of their entries', () =>
  withNotifier(async ({ table, open }) => {
    let made = 0
    const idsOf = (view: TableView<Thing>): ReadonlySet<number> => {
      made++
      const ids = new Set(Array.from(view, ({ id = 0 }) => id))
      view.observe((old, next) => {
        if (next === undefined) ids.delete(old?.id ?? 0)
        else ids.add(next.id ?? 0)
      })
      return ids
    }
    table.put(thing(1))
    const [first, second] = [await open(), await open()]
    assert.is(first.index(idsOf), second.index(idsOf))
    first.close()
    table.put(thing(2))
    await second.waitForSync()
    assert.equal([...second.index(idsOf)], [1, 2])
    assert.is(made, 1)
    second.close()
  }),
)

pool('are told once by the changes of two of them, which end with either', () =>
  withNotifier(async ({ table, notifier, open }) => {
    for (const closed of [0, 1]) {
      const tables = [await open(), await open()]
      const batches: ChangeBatch<unknown>[] = []
      const reading = (async () => {
        for await (const batch of changesOf(tables)) batches.push(batch)
      })()
      await turns()
      table.put(thing(closed))
      await tables[1 - closed]?.waitForSync()
      await turns()
      tables[closed]?.close()
      await reading
      assert.equal(
        batches.map(({ event }) => event),
        closed === 0 ? ['synced', 'change'] : ['change', 'synced', 'change'],
      )
      tables[1 - closed]?.close()
      assert.is(notifier.sinks, 0)
    }
  }),
)

pool('leave nothing behind, however often they are opened and closed', () =>
  withNotifier(async ({ kernel, table, notifier, open, openOf }) => {
    for (let id = 0; id < 100; id++) table.put(thing(id))
    const times = async (count: number): Promise<void> => {
      for (let time = 0; time < count; time++) {
        const live = time % 2 === 0 ? await open() : await openOf(0)
        live.observe(() => {})
        live.close()
        // The fake kernel remembers what it was sent.
        for (const { sent } of kernel.sockets()) (sent as Uint8Array[]).length = 0
      }
    }
    // With the rows of another one, and with rows of its own each time.
    for (const held of [await open(), undefined]) {
      await times(500)
      const grown: number[] = []
      for (let round = 0; round < 4; round++) {
        const before = heapUsed()
        await times(1500)
        grown.push(heapUsed() - before)
      }
      // A listener or a promise that stays for each would be hundreds of bytes in each round; the runtime's own growth is not.
      assert.ok(Math.min(...grown) < 1500 * 100, `${grown.join(', ')} bytes`)
      held?.close()
      assert.is(notifier.sinks, 0)
      assert.is(kernel.sockets('notification').length, 0)
    }
  }),
)

/** Bytes of the heap that are in use. */
function heapUsed(): number {
  for (let time = 0; time < 3; time++) (globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}

pool('definitions of equal parts are the same one', async () => {
  let made = 0
  const define = sharedDefinitions(
    ({ port, id }: { port?: number | undefined; id?: number }): TableDefinition<Thing> => {
      made++
      if (port === 7) throw new RangeError('port')
      return { ...thingDefinition, name: `${port} ${id}` }
    },
  )
  const first = define({ port: 1, id: 2 })
  assert.is(define({ id: 2, port: 1 }), first)
  assert.is(define({}), define({ port: undefined }))
  assert.is.not(define({ port: 1 }), first)
  assert.is(made, 3)
  for (let time = 0; time < 2; time++) assert.throws(() => define({ port: 7 }), /port/)
  for (let port = 10; port < 500; port++) assert.is(define({ port }).name, `${port} undefined`)
  assert.is(define({ port: 1, id: 2 }), first)
})

pool.run()
