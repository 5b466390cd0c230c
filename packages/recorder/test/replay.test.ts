import { replaceAddress } from '@rtnl/address'
import { LinkTable } from '@rtnl/link'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { deleteNexthop, replaceNexthop } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { connectionsOf, Recorder, Replay, readRecording } from '@rtnl/recorder'
import { RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recordingOf } from './support/files.ts'
import { recordProgram, replayProgram } from './support/program.ts'

const replay = suite('replay')

/** Changes of all three tables, some of which the kernel does in silence, and a loss. */
async function recorded(): Promise<{ readonly file: Uint8Array; readonly live: readonly string[] }> {
  const recorder = new Recorder()
  const { entries } = await recordProgram(recorder, async (kernel, connection) => {
    const a = kernel.addPair('a', 'b')
    const c = kernel.addPair('c', 'd')
    for (const [ifindex, address] of [
      [a.ifindex, '198.51.100.7'],
      [c.ifindex, '203.0.113.7'],
    ] as const) {
      await replaceAddress(connection, { ifindex, prefixlen: 24, address })
    }
    await replaceNexthop(connection, { id: 1, oif: a.ifindex, gateway: '198.51.100.1' })
    await replaceNexthop(connection, { id: 2, oif: c.ifindex, gateway: '203.0.113.1' })
    await replaceNexthop(connection, {
      id: 3,
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 1 },
      ],
    })
    kernel.setDown('a')
    kernel.overrun()
    kernel.setUp('a')
    await deleteNexthop(connection, 2)
    kernel.deleteLink('c')
    await replaceNexthop(connection, { id: 4, oif: a.ifindex, gateway: '198.51.100.1' })
  })
  return { file: recorder.content(), live: entries }
}

replay('ends with the tables that the program had, and is the same each time', async () => {
  const { file, live } = await recorded()
  const first = await replayProgram(readRecording(file))
  assert.equal(first.entries, live)
  assert.ok(live.every((text) => text !== ''))
  assert.is(first.unanswered, 0)
  const second = await replayProgram(readRecording(file))
  assert.equal(second.batches, first.batches)
  assert.equal(second.entries, first.entries)
})

replay('shows a loss, and the relist that made it good', async () => {
  const { batches } = await replayProgram(readRecording((await recorded()).file))
  const overruns = batches.filter((batch) => batch.event === 'resync' && batch.reason === 'overrun')
  assert.equal(overruns.map(({ table }) => table).sort(), ['link', 'nexthop', 'route'])
})

replay('a program with fewer tables gets these', async () => {
  const { file, live } = await recorded()
  const source = new Replay(readRecording(file))
  await using connection = await Connection.open({ transports: source })
  await using notifier = await Notifier.open({ connection })
  let table: LinkTable | undefined
  const playing = source.play({ settled: () => table?.state === 'live' })
  table = await LinkTable.open({ notifier })
  await playing
  const entries = [...table].map((entry) => JSON.stringify(entry)).sort()
  assert.is(entries.join('\n'), live[0])
  table.close()
})

replay('refuses what was not recorded, and every change', async () => {
  const recorder = new Recorder()
  await recordProgram(recorder, async () => {})
  const source = new Replay(readRecording(recorder.content()))
  await using connection = await Connection.open({ transports: source })
  await using notifier = await Notifier.open({ connection })
  const playing = source.play({ settled: () => true })
  const refusal = async (attempt: Promise<unknown>): Promise<string> => {
    try {
      await attempt
    } catch (error) {
      assert.instance(error, NetlinkError)
      return (error as NetlinkError).message
    }
    throw new Error('it was not refused')
  }
  assert.match(await refusal(RouteTable.open({ notifier, family: 10, table: 7 })), /the recording has no such dump/)
  const change = replaceNexthop(connection, { id: 1, blackhole: true })
  assert.match(await refusal(change), /a recording cannot be changed/)
  await playing
})

replay('keeps the pace that is asked for', async () => {
  const recorder = new Recorder()
  await recordProgram(recorder, async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
  })
  const source = new Replay(readRecording(recorder.content()))
  const begun = performance.now()
  await source.play({ settled: () => true, speed: 3 })
  assert.ok(performance.now() - begun >= 99, 'a third of 300 ms')
})

replay('ends when its signal is aborted', async () => {
  const recorder = new Recorder()
  await recordProgram(recorder, async () => {
    await new Promise((resolve) => setTimeout(resolve, 200))
  })
  const source = new Replay(readRecording(recorder.content()))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 20)
  await source.play({ settled: () => true, speed: 0.001, signal: stop.signal })
  assert.ok(stop.signal.aborted)
})

replay('needs a connection, by its name if it is not the first', async () => {
  const recording = readRecording(await recordingOf(1))
  assert.equal(connectionsOf(recording), ['fake kernel'])
  assert.is(new Replay(recording, 'fake kernel').name, 'fake kernel')
  assert.throws(
    () => new Replay(recording, 'netns b'),
    "the recording has no connection 'netns b'; it has: fake kernel",
  )
  assert.throws(
    () => new Replay(readRecording(new Uint8Array())),
    'the recording has no messages of a connection by rtnl',
  )
})

replay.run()
