// runtimes: node deno bun
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MessageType, setNexthop } from '../native/messages.ts'
import { block, Peer } from '../native/peer.ts'

const overrun = suite('socket overrun')

const CHANGES = 20_000
const BLOCKED_MILLISECONDS = 2000

let directory = ''
overrun.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'rtnl-'))
})
overrun.after(() => rmSync(directory, { recursive: true }))

/**
 * Blocks the event loop while `ip` makes the changes, and waits for the end of `ip` then.
 * @param unblocked called before the event loop runs again
 */
async function changeWhileBlocked(unblocked: () => void = () => {}): Promise<void> {
  const file = join(directory, 'batch')
  const line = (_: unknown, index: number) => `nexthop replace id ${(index % 100) + 1} via 192.0.2.1 fdb\n`
  writeFileSync(file, Array.from({ length: CHANGES }, line).join(''))
  const ip = spawn('ip', ['-batch', file], { stdio: 'inherit' })
  const ended = once(ip, 'exit')
  block(BLOCKED_MILLISECONDS)
  unblocked()
  assert.equal(await ended, [0, null])
}

overrun('20,000 changes while the event loop is blocked for 2 s are all heard', async () => {
  const listener = Peer.listening()
  await changeWhileBlocked(() => {
    const { datagrams, pending, batches } = listener.transport.stats()
    assert.ok(datagrams > 0, 'the thread reads while the event loop is blocked')
    assert.ok(pending >= datagrams * 16, `${pending} bytes are held of ${datagrams} messages`)
    assert.is(batches, 0)
  })
  await listener.sync()
  assert.is(listener.headers.filter(({ type }) => type === MessageType.NEWNEXTHOP).length, CHANGES)
  assert.equal(listener.overruns, [])
  const { datagrams, drops, pending, batches } = listener.transport.stats()
  assert.equal({ datagrams, drops, pending }, { datagrams: CHANGES, drops: 0, pending: 0 })
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
    const changed = changeWhileBlocked()
    // Asked for while the thread is paused.
    await listener.sync()
    await changed
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
