import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { type LiveTable, type LiveTableOptions, openTable, type TableDefinition } from '@rtnl/notifier'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { Follower } from './follow.ts'
import type { Subject } from './subject.ts'
import { run, runBatch } from './tools.ts'

// Room for a few notifications in the kernel, and the reading thread stops as soon as it has anything.
const tiny = { receiveBuffer: 4096, pendingLimit: 1 }

/** Registers the tests that every table has to pass. */
export function compliance<Entry>(tests: Test, subject: Subject<Entry>): void {
  const { definition } = subject
  let count = 0
  let netns = ''

  tests.before.each(() => {
    netns = `compliance${++count}`
    execFileSync('ip', ['netns', 'add', netns])
    run(netns, subject.setup)
  })
  tests.after.each(() => {
    execFileSync('ip', ['netns', 'delete', netns])
  })

  const open = (options: LiveTableOptions = {}, other: TableDefinition<Entry> = definition) =>
    openTable(other, { netns, ...options })
  const identities = (entries: Iterable<Entry>): string[] => [...entries].map((entry) => subject.identity(entry)).sort()
  const texts = (entries: Iterable<Entry>): string[] =>
    [...entries].map((entry) => definition.keyText(entry) + subject.identity(entry)).sort()

  /** The table is what its changes fold to, what a new reading shows, and what the tool says. */
  async function assertExact(table: LiveTable<Entry>, followers: readonly Follower<Entry>[] = []): Promise<void> {
    await settle(table)
    await using fresh = await open()
    assert.equal(texts(table), texts(fresh))
    assert.equal(identities(table), subject.truth(netns).sort())
    for (const follower of followers) {
      await follower.until(() => follower.entries.size === table.size)
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(texts(follower.entries.values()), texts(table))
      assert.equal(follower.misfits, [])
    }
  }

  /** Until what the kernel does later, such as noticing a carrier, is done. */
  async function settle(table: LiveTable<Entry>): Promise<void> {
    for (let before = ''; ; ) {
      await table.fresh()
      const now = subject.truth(netns).sort().join()
      if (now === before) return
      before = now
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
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
      await new Promise((resolve) => setTimeout(resolve, 20))
      const changes = follower.batches.slice(before).flatMap((batch) => batch.changes)
      assert.equal(
        changes.map((change) => change.kind),
        lines.map(() => kind),
        JSON.stringify(changes),
      )
    }
    await assertExact(table, [follower])
    await follower.stop()
  })

  tests('messages that are lost are told, and made good', async () => {
    await using table = await open(tiny)
    const follower = new Follower(table)
    const batch = runBatch(netns, subject.flood)
    // Nothing is received meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    await batch
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

  tests('readers see the same, and a late one begins with the content', async () => {
    await using table = await open()
    const early = [new Follower(table), new Follower(table)]
    run(netns, subject.add)
    await table.fresh()
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
      assert.ok(follower.batches.some(({ event, cause }) => event === 'resync' && cause === 'inferred'))
      // Without triggers nobody finds it, so that this test says something.
      await deaf.fresh()
      assert.not.equal(identities(deaf), subject.truth(netns).sort())
      await follower.stop()
    })
  }

  tests('closed at any moment, and nothing is left', async () => {
    await using warm = await open()
    await settle(warm)
    const before = resources()
    const opening = new AbortController()
    const aborted = open({ signal: opening.signal })
    opening.abort(new Error('enough'))
    await assertRejects(aborted, /enough/)
    const table = await open()
    const follower = new Follower(table)
    const batch = runBatch(netns, subject.flood)
    const repair = table.resync()
    table.close()
    table.close()
    await assertRejects(repair, /closed/)
    await follower.done
    assert.is(table.state, 'closed')
    await batch
    for (let i = 0; i < 100 && resources() !== before; i++) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.is(resources(), before)
  })
}

async function assertRejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await promise
  } catch (error) {
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable('it was not rejected')
}

/** Open descriptors and threads. */
function resources(): string {
  return `${readdirSync('/proc/self/fd').length} ${readdirSync('/proc/self/task').length}`
}
