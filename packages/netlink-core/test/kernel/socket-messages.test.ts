// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAddon } from '../../src/addon.ts'
import { ClosedError, NetlinkError } from '../../src/errors.ts'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { concatenate, dumpNexthops, MessageType, RTNLGRP_NEXTHOP, setGroup, setNexthop } from '../native/messages.ts'
import { Peer, raise } from '../native/peer.ts'

const messages = suite('socket messages')

const EAGER = 200

messages('answers come in the order of the requests, a refused datagram is told in its place', async () => {
  const peer = new Peer()
  const events: string[] = []
  const note = (name: string) => () => events.push(`${name} after ${peer.headers.length}`)
  peer.transport.send(setNexthop(1, 1), note('first refused'))
  peer.transport.send(new Uint8Array(300_000), (error) => {
    assert.instance(error, NetlinkError)
    assert.is((error as NetlinkError).code, 'EMSGSIZE')
    note('second refused')()
  })
  peer.transport.send(dumpNexthops(3), note('third refused'))
  await peer.sync()
  peer.transport.close()
  assert.equal(
    peer.headers.map(({ type, sequence, errno }) => [type, sequence, errno]),
    [
      [MessageType.ERROR, 1, 0],
      [MessageType.NEWNEXTHOP, 3, 0],
      [MessageType.DONE, 3, 0],
    ],
  )
  assert.equal(events, ['second refused after 1'])
})

messages('queued datagrams cannot overflow a small receive buffer with their acks', async () => {
  const peer = new Peer({ receiveBuffer: 100_000 })
  const requests = concatenate(Array.from({ length: 100 }, (_, index) => setNexthop(index, index + 1)))
  for (let count = 0; count < EAGER; count++) peer.transport.send(requests, raise)
  await peer.until(() => peer.headers.length >= EAGER * 100)
  assert.is(peer.transport.stats().overruns, 0)
  assert.is(peer.transport.stats().datagrams, EAGER * 100)
  peer.transport.close()
})

messages('a fence comes after what was queued before it', async () => {
  const listener = Peer.listening()
  const changer = new Peer()
  for (let round = 1; round <= EAGER; round++) {
    await changer.request(setNexthop(round, 1))
    await listener.sync()
    assert.is(listener.headers.at(-1)?.sequence, round)
  }
  assert.is(listener.headers.length, EAGER)
  listener.transport.close()
  changer.transport.close()
})

messages('a fence is reached while messages keep coming', async () => {
  const listener = Peer.listening()
  const changer = new Peer()
  const requests = concatenate(Array.from({ length: 100 }, (_, index) => setNexthop(index, 1)))
  let ended = false
  const flood = (async () => {
    while (!ended) await changer.request(requests, 100)
  })()
  for (let round = 0; round < 50; round++) await listener.sync()
  ended = true
  await flood
  listener.transport.close()
  changer.transport.close()
})

messages('a group that was left is no longer heard', async () => {
  const listener = Peer.listening()
  const changer = new Peer()
  await changer.request(setNexthop(1, 1))
  listener.transport.leave(RTNLGRP_NEXTHOP)
  await changer.request(setNexthop(2, 1))
  await listener.sync()
  assert.equal(
    listener.headers.map(({ sequence }) => sequence),
    [1],
  )
  listener.transport.close()
  changer.transport.close()
})

messages('the largest message that a table has arrives', async () => {
  const listener = Peer.listening()
  const changer = new Peer()
  // An attribute has at most 65,535 bytes, and a member takes 8.
  const members = 8191
  for (let first = 0; first < members; first += 100) {
    const count = Math.min(100, members - first)
    const requests = Array.from({ length: count }, (_, index) => setNexthop(index, first + index + 1))
    await changer.request(concatenate(requests), count)
    // Without rights its receive buffer has not room for all.
    await listener.sync()
  }
  await changer.request(setGroup(1, 10_000, members))
  await listener.sync()
  assert.equal(listener.overruns, [])
  assert.is(listener.headers.length, members + 1)
  assert.ok((listener.headers.at(-1)?.length ?? 0) > 8 * members)
  listener.transport.close()
  changer.transport.close()
})

messages('a datagram larger than what is taken is told', async () => {
  const { Announcer, IoThread, Socket, constants } = loadAddon()
  const { Kind, Detail, readBytes } = constants
  const { SOL_SOCKET, SO_SNDBUF } = constants.SocketOption
  const socket = new Socket(0, undefined, 1024 * 1024)
  socket.setOption(SOL_SOCKET, SO_SNDBUF, 212_992)
  const kinds: number[] = []
  const target = new Uint8Array(readBytes)
  const details = new Float64Array(Detail.Count)
  await new Promise<void>((resolve) => {
    const announcer = new Announcer((readables) => {
      for (const readable of readables) readable()
    })
    socket.start(new IoThread(announcer, false), () => {
      for (let kind = -1; kind !== Kind.None; ) {
        kind = socket.read(target, details)
        if (kind !== Kind.None) kinds.push(kind)
        if (kind === Kind.Sync) resolve()
      }
    })
    // A refusal repeats the whole request where the socket does not ask for less.
    const request = new Uint8Array(300_000)
    const [length, typeAndFlags] = [request.length, 0xfff0 | (0x5 << 16)]
    new Uint32Array(request.buffer).set([length, typeAndFlags])
    socket.send(request, 1)
    socket.sync(2)
  })
  socket.close()
  assert.equal(kinds, [Kind.Truncated, Kind.Sync])
})

messages('only the kernel is believed', async () => {
  const listener = Peer.listening()
  const forged = `import socket
sender = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
for _ in range(3): sender.sendto(bytes([16, 0, 0, 0] + [0] * 12), (${listener.transport.portId}, 0))`
  execFileSync('python3', ['-c', forged])
  await listener.sync()
  assert.equal(listener.headers, [])
  assert.is(listener.transport.stats().foreign, 3)
  assert.is(listener.transport.stats().datagrams, 0)
  listener.transport.close()
})

messages('nothing is called after close, and calls say that it is closed', async () => {
  const peer = new Peer()
  let called = 0
  const note = () => {
    called += 1
  }
  await peer.request(setNexthop(1, 1))
  peer.transport.send(setNexthop(2, 1), note)
  peer.transport.send(new Uint8Array(300_000), note)
  peer.transport.sync(note)
  peer.transport.close()
  peer.transport.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.is(called, 0)
  assert.is(peer.headers.length, 1)
  for (const call of [
    () => peer.transport.send(setNexthop(3, 1), note),
    () => peer.transport.sync(note),
    () => peer.transport.join(RTNLGRP_NEXTHOP),
    () => peer.transport.leave(RTNLGRP_NEXTHOP),
  ]) {
    assert.throws(call, (error: unknown) => error instanceof ClosedError)
  }
  peer.transport.ref()
  peer.transport.unref()
  assert.ok(peer.transport.stats().datagrams >= 1)
  assert.is(peer.transport.stats().pending, 0)
})

messages('a handler may close the transport that calls it', async () => {
  const changer = new Peer()
  const transport = NativeTransport.open()
  transport.join(RTNLGRP_NEXTHOP)
  let batches = 0
  const closed = new Promise<void>((resolve) =>
    transport.start({
      data() {
        batches += 1
        transport.close()
        resolve()
      },
      overrun() {},
      failed: raise,
    }),
  )
  for (let round = 0; round < EAGER; round++) changer.transport.send(setNexthop(round, 1), raise)
  await closed
  await changer.sync()
  assert.is(batches, 1)
  changer.transport.close()
})

messages('refusals of the kernel and bad options are told with their names', () => {
  const transport = NativeTransport.open()
  assert.throws(
    () => transport.join(100_000),
    (error: unknown) => error instanceof NetlinkError && error.message.startsWith('join multicast group 100000: '),
  )
  for (const group of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
    for (const call of [() => transport.join(group), () => transport.leave(group)]) {
      assert.throws(
        call,
        (error: unknown) => error instanceof RangeError && error.message.startsWith(`group is ${group}, `),
      )
    }
  }
  transport.close()
  assert.throws(
    () => NativeTransport.open({ protocol: 31 }),
    (error: unknown) => error instanceof NetlinkError && error.code === 'EPROTONOSUPPORT',
  )
  assert.throws(() => NativeTransport.open({ pendingLimit: 0 }), /^pendingLimit is 0, /)
  assert.throws(() => NativeTransport.open({ receiveBuffer: 1.5 }), /^receiveBuffer is 1.5, /)
})

messages('the socket has its features and tells its receive buffer', () => {
  const transport = NativeTransport.open({ receiveBuffer: 50_000 })
  assert.ok(transport.portId > 0)
  assert.equal(transport.features, { extAck: true, capAck: true, strictCheck: true })
  assert.is(transport.stats().receiveBuffer, 100_000)
  transport.close()
})

messages.run()
