// runtimes: node deno bun
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitting, MessageType, setNexthop } from '../native/messages.ts'
import { block, Peer } from '../native/peer.ts'

const overrun = suite('socket overrun')

const CHANGES = 20_000

let directory = ''
overrun.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'rtnl-'))
})
overrun.after(() => rmSync(directory, { recursive: true }))

/** Blocks the event loop for as long as `ip` makes the changes. */
function changeWhileBlocked(count: number): void {
  const file = join(directory, 'batch')
  const line = (_: unknown, index: number) => `nexthop replace id ${(index % 100) + 1} via 192.0.2.1 fdb\n`
  writeFileSync(file, Array.from({ length: count }, line).join(''))
  assert.is(spawnSync('ip', ['-batch', file], { stdio: 'inherit' }).status, 0)
}

overrun('changes while the event loop is blocked are all heard', async () => {
  const listener = Peer.listening()
  const count = Math.min(CHANGES, fitting(listener.transport.stats().receiveBuffer))
  changeWhileBlocked(count)
  // The thread reads while the event loop is blocked; where it did not get a processor before, it does now.
  while (listener.transport.stats().datagrams < count) block(5)
  const held = listener.transport.stats()
  assert.ok(held.pending >= count * 16, `${held.pending} bytes are held of ${count} messages`)
  assert.is(held.batches, 0)
  await listener.sync()
  assert.is(listener.headers.filter(({ type }) => type === MessageType.NEWNEXTHOP).length, count)
  assert.equal(listener.overruns, [])
  const { datagrams, drops, pending, batches } = listener.transport.stats()
  assert.equal({ datagrams, drops, pending }, { datagrams: count, drops: 0, pending: 0 })
  assert.is(batches, listener.batches.length)
  listener.transport.close()
})

for (const [name, options] of [
  ['a full receive buffer', { receiveBuffer: 20_000, pendingLimit: 1 }],
  ['a limit of pending bytes', { receiveBuffer: 100_000, pendingLimit: 100_000 }],
] as const) {
  overrun(`${name}: what was lost is told and counted, and a fence ends it`, async () => {
    const listener = Peer.listening(options)
    const changer = new Peer()
    changeWhileBlocked(CHANGES)
    // Asked for while the thread is paused.
    await listener.sync()
    const { overruns, drops, pending } = listener.transport.stats()
    assert.ok(overruns > 0)
    assert.ok(drops > 0)
    assert.is(listener.overruns.filter((reason) => reason === 'overrun').length, overruns)
    assert.is(listener.headers.length + drops, CHANGES)
    assert.is(pending, 0)
    await changer.request(setNexthop(77, 1))
    await listener.sync()
    assert.is(listener.headers.at(-1)?.sequence, 77)
    assert.is(listener.transport.stats().drops, drops)
    listener.transport.close()
    changer.transport.close()
  })
}

overrun.run()
