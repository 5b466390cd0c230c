import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type LiveTable, type LiveTableOptions, openTable, type TableDefinition } from '@rtnl/live-table'
import { Connection } from '@rtnl/netlink-core'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { content, lists } from './content.ts'
import { Follower } from './follow.ts'
import { ReplayedKernel, readParts } from './replay.ts'
import { assertNothingLeft, resources } from './resources.ts'
import type { Subject } from './subject.ts'
import { linksAtRest, run, runBatch, runBatchBlocking, trustAddresses } from './tools.ts'

// Room for a few notifications in the kernel, and the reading thread stops as soon as it has anything.
const tiny = { receiveBuffer: 4096, pendingLimit: 1 }

/** Milliseconds after which something is ended: from before it has begun to when it may be over. */
const moments = [0, 1, 2, 5, 20]

/** Registers the tests that every table has to pass. */
export function compliance<Entry>(tests: Test, subject: Subject<Entry>): void {
  const { definition } = subject
  let count = 0
  let netns = ''

  tests.before.each(async () => {
    netns = `compliance${++count}`
    execFileSync('ip', ['netns', 'add', netns])
    trustAddresses(netns)
    run(netns, subject.setup)
    await linksAtRest(netns)
  })
  tests.after.each(() => {
    execFileSync('ip', ['netns', 'delete', netns])
  })

  const open = (options: LiveTableOptions = {}, other: TableDefinition<Entry> = definition) =>
    openTable(other, { netns, ...options })
  const identities = (entries: Iterable<Entry>): string[] => [...entries].map((entry) => subject.identity(entry)).sort()

  /** The table is what its changes fold to, what a new reading shows, and what the tool says. */
  async function assertExact(table: LiveTable<Entry>, followers: readonly Follower<Entry>[] = []): Promise<void> {
    await settle(table)
    await using fresh = await open()
    const expected = content(definition, fresh)
    assert.equal(content(definition, table), expected, 'table and new reading')
    assert.is(table.size, expected.length)
    assert.equal(lists(table), lists(fresh), 'order of lists')
    const truth = subject.truth(netns)
    assert.equal(identities(table), [...truth].sort(), 'table and tool')
    const places = new Map(truth.map((line, place) => [line, place]))
    for (const entry of definition.lists === undefined ? [] : table) {
      const list = table.list(entry).map((other) => places.get(subject.identity(other)) ?? -1)
      assert.equal(
        list,
        [...list].sort((left, right) => left - right),
        'order of the tool',
      )
    }
    for (const follower of followers) {
      const isAsExpected = (): boolean => {
        if (follower.entries.size !== expected.length) return false
        return content(definition, follower.entries.values()).join() === expected.join()
      }
      let isRight = false
      await follower.until(() => {
        isRight = isAsExpected()
        return isRight
      })
      if (!isRight) assert.equal(content(definition, follower.entries.values()), expected, 'fold and table')
      assert.equal(follower.misfits, [])
    }
  }

  /** Until what the kernel does later, such as noticing a carrier, is done. */
  async function settle(table: LiveTable<Entry>): Promise<void> {
    for (let before: string | undefined; ; ) {
      await table.waitForSync()
      const now = subject.truth(netns).sort().join()
      if (now === before) break
      before = now
      await delay(300)
    }
    // Lets readers have what is ready for them.
    await delay(0)
  }

  tests('what a table holds is what a reader is told, what a new reading shows, and what the tool says', async () => {
    run(netns, subject.add)
    await using table = await open()
    const follower = new Follower(table)
    await assertExact(table, [follower])
    assert.ok(table.size >= subject.add.length)
    await follower.stop()
  })

  tests('each change is told once, as what it is', async () => {
    await using table = await open()
    await settle(table)
    const follower = new Follower(table)
    await follower.until(() => follower.batches.at(-1)?.event === 'synced')
    for (const [kind, lines] of [
      ['added', subject.add],
      ['changed', subject.change],
      ['removed', subject.remove],
    ] as const) {
      const before = follower.batches.length
      run(netns, lines)
      await settle(table)
      const told = follower.batches
        .slice(before)
        .flatMap(({ cause, changes }) => changes.map((change) => `${change.kind} (${cause})`))
      assert.equal(
        told,
        lines.map(() => `${kind} (notification)`),
      )
    }
    await assertExact(table, [follower])
    await follower.stop()
  })

  tests('messages that are lost are told, and made good', async () => {
    await using table = await open(tiny)
    const follower = new Follower(table)
    // Nothing is received meanwhile.
    runBatchBlocking(netns, subject.flood)
    await assertExact(table, [follower])
    const told = follower.batches.filter(({ event, cause }) => event === 'resync' && cause === 'resync')
    assert.ok(told.some(({ reason }) => reason === 'overrun'))
    await follower.stop()
  })

  tests('a table that changes while it is opened', async () => {
    const batch = runBatch(netns, subject.flood)
    const tables: LiveTable<Entry>[] = []
    try {
      for (let i = 0; i < 5; i++) tables.push(await open())
      const followers = tables.map((table) => new Follower(table))
      await batch
      for (const [index, table] of tables.entries()) await assertExact(table, followers.slice(index, index + 1))
    } finally {
      for (const table of tables) table.close()
    }
  })

  tests('a dump that was interrupted is made again, and nothing of it is told', async () => {
    run(netns, subject.add)
    await using real = await open()
    await settle(real)
    await using connection = await Connection.open({ netns })
    // Whether a real dump is interrupted is a matter of luck; and some tables of the kernel never say so.
    const kernel = new ReplayedKernel(definition, await readParts(connection, definition))
    const expected = content(definition, real)
    kernel.interruptions.push('done', 0)
    const { entries: _, ...replayed } = definition
    await using table = await openTable({ ...replayed, triggers: [] }, { transports: kernel })
    const parts = definition.partitions.length
    assert.is(kernel.dumps, parts + 2)
    assert.equal(content(definition, table), expected)
    const follower = new Follower(table)
    await follower.until(() => follower.batches.at(-1)?.event === 'synced')
    kernel.interruptions.push(0, 'done')
    await table.resync()
    await follower.until(() => follower.batches.at(-1)?.event === 'resync')
    assert.is(kernel.dumps, 2 * (parts + 2))
    assert.equal(content(definition, table), expected)
    assert.equal(
      follower.batches.filter(({ cause, event }) => cause !== 'dump' && event === 'change'),
      [],
    )
    await follower.stop()
  })

  tests('readers see the same, and a late one begins with the content', async () => {
    await using table = await open()
    const early = [new Follower(table), new Follower(table)]
    run(netns, subject.add)
    await table.waitForSync()
    const late = new Follower(table)
    run(netns, subject.change)
    await assertExact(table, [...early, late])
    assert.is(late.batches.find(({ event }) => event === 'change')?.cause, 'dump')
    for (const follower of [...early, late]) await follower.stop()
  })

  const { silent } = subject
  if (silent !== undefined) {
    tests('what the kernel changes in silence is found', async () => {
      run(netns, silent.before)
      await using table = await open()
      await using deaf = await open({}, { ...definition, triggers: [] })
      const follower = new Follower(table)
      await settle(table)
      run(netns, silent.lines)
      await assertExact(table, [follower])
      const inferred = follower.batches.filter(({ cause }) => cause === 'inferred')
      assert.ok(inferred.some(({ changes }) => changes.length > 0))
      assert.ok(inferred.some(({ event }) => event === 'resync'))
      // Without triggers nobody finds it, so that this test says something.
      await deaf.waitForSync()
      assert.not.equal(identities(deaf), subject.truth(netns).sort())
      await follower.stop()
    })
  }

  tests('closed at any moment, and nothing is left', async () => {
    await using warm = await open()
    await settle(warm)
    const before = resources()
    const batch = runBatch(netns, subject.flood)
    for (const moment of moments) {
      await closeWhileOpening(moment)
      await closeWhileRepairing(moment)
    }
    await batch
    await assertNothingLeft(before)
    await assertExact(warm)
  })

  async function closeWhileOpening(moment: number): Promise<void> {
    const opening = new AbortController()
    const reason = new Error('enough')
    const opened = open({ signal: opening.signal }).then(
      (table) => table.close(),
      (error: unknown) => assert.is(error, reason),
    )
    if (moment > 0) await delay(moment)
    opening.abort(reason)
    await opened
  }

  async function closeWhileRepairing(moment: number): Promise<void> {
    const table = await open()
    const follower = new Follower(table)
    const repair = table.resync().catch((error: unknown) => assert.match(String(error), /ClosedError/))
    if (moment > 0) await delay(moment)
    table.close()
    table.close()
    assert.is(table.state, 'closed')
    await repair
    await follower.done
    assert.equal(follower.misfits, [])
  }
}
