// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAddon } from '../../src/addon.ts'
import { Connection } from '../../src/connection/connection.ts'
import { NativeTransport, type NativeTransportOptions } from '../../src/transport/native-transport.ts'
import { concatenate, headersIn, MessageType, RTNLGRP_NEXTHOP, setNexthop } from '../native/messages.ts'
import { Peer, raise } from '../native/peer.ts'
import { countBackTo, countResources, countResourcesUntil } from '../native/resources.ts'

const threads = suite('threads that sockets share')

/** A thread may be listed a little longer than the sockets of the test before. */
const none = (): ReturnType<typeof countResourcesUntil> => countResourcesUntil(({ threads }) => threads === 0)

const handler = { data() {}, overrun() {}, failed: raise }

threads('a hundred namespaces need one thread for each purpose, and leave nothing', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `shared-${index}`)
  const batch = (verb: string): string => names.map((name) => `netns ${verb} ${name}\n`).join('')
  execFileSync('ip', ['-batch', '-'], { input: batch('add') })
  const before = await none()
  const connections: Connection[] = []
  try {
    for (const netns of names) connections.push(await Connection.open({ netns }))
    assert.is(countResources().threads, before.threads + 1)
    const heard = new Set<number>()
    for (const [index, connection] of connections.entries()) {
      const socket = connection.openNotifications()
      socket.join(RTNLGRP_NEXTHOP)
      socket.start({ ...handler, data: () => heard.add(index) })
    }
    const open = countResources()
    assert.equal(
      [open.threads, open.sockets, open.namespaces],
      [before.threads + 2, before.sockets + 200, before.namespaces + 100],
    )
    // The announcer and both threads: an epoll and an event descriptor each.
    assert.ok(
      open.descriptors <= before.descriptors + 300 + 20,
      `${open.descriptors}, and ${before.descriptors} before`,
    )
    execFileSync('ip', ['-batch', '-'], {
      input: names.map((name) => `netns exec ${name} ip nexthop add id 1 via 192.0.2.1 fdb\n`).join(''),
    })
    while (heard.size < names.length) await delay(5)
  } finally {
    for (const connection of connections) connection.close()
    execFileSync('ip', ['-batch', '-'], { input: batch('delete') })
  }
  const { threads, sockets, namespaces } = before
  assert.equal(await countBackTo({ threads, sockets, namespaces }), { threads, sockets, namespaces })
})

/** What `stat` has of each I/O thread from its third field on: the name before it stands in brackets (proc_pid_stat(5)). */
function states(): string[][] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/self/task/${task}/stat`, 'utf8')) ?? []
    return name === 'rtnl-io' && rest !== undefined ? [rest.split(' ')] : []
  })
}

/** Nice values of the I/O threads: the 19th field. */
const niceness = (): number[] => states().map((fields) => Number(fields[16]))

threads('the thread for notifications goes before others while it is behind, where that is permitted', async () => {
  await none()
  const own = Number(execFileSync('nice', [], { encoding: 'utf8' }))
  // Prints what it was granted of -10.
  const granted = execFileSync('nice', ['-n', `${-10 - own}`, 'nice'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = Array.from(
    { length: 5000 },
    (_, index) => `nexthop replace id ${(index % 100) + 1} via 192.0.2.1 fdb\n`,
  )
  const seen = new Set<number>()
  // A moment in which the thread is behind may be missed.
  while (!seen.has(Number(granted))) {
    const transport = NativeTransport.open()
    transport.join(RTNLGRP_NEXTHOP)
    execFileSync('ip', ['-batch', '-'], { input: lines.join('') })
    transport.start(handler)
    while (transport.stats().datagrams < lines.length) for (const value of niceness()) seen.add(value)
    while (niceness().some((value) => value !== own)) await delay(1)
    transport.close()
  }
  for (const value of seen) assert.ok([own, Number(granted)].includes(value), `${value}`)
})

threads('a socket that nobody reads is paused, and the others of its thread hear everything', async () => {
  const { Announcer, IoThread, Socket, constants } = loadAddon()
  const { Kind, Detail, Counter, SocketOption, readBytes } = constants
  const target = new Uint8Array(readBytes)
  const details = new Float64Array(Detail.Count)
  const announcer = new Announcer((readables) => {
    for (const readable of readables) readable()
  })
  const thread = new IoThread(announcer, false)
  const open = (pendingLimit: number, readable: () => void): InstanceType<typeof Socket> => {
    const socket = new Socket(0, undefined, pendingLimit)
    socket.setOption(SocketOption.SOL_SOCKET, SocketOption.SO_RCVBUFFORCE, 16 * 1024 * 1024)
    socket.setOption(SocketOption.SOL_NETLINK, SocketOption.NETLINK_ADD_MEMBERSHIP, RTNLGRP_NEXTHOP)
    socket.start(thread, readable)
    return socket
  }
  let called = 0
  const stalled = open(1000, () => called++)
  let heard = 0
  const flowing = open(64 * 1024 * 1024, () => {
    for (let kind = -1; kind !== Kind.None; ) {
      kind = flowing.read(target, details)
      if (kind === Kind.Data) heard += headersIn(target.subarray(0, details[Detail.Length])).length
      assert.is.not(kind, Kind.Overrun)
    }
  })
  const count = 10_000
  const lines = Array.from(
    { length: count },
    (_, index) => `nexthop replace id ${(index % 100) + 1} via 192.0.2.1 fdb\n`,
  )
  execFileSync('ip', ['-batch', '-'], { input: lines.join('') })
  while (heard < count) await delay(5)
  const counters = new Float64Array(Counter.Count)
  stalled.counters(counters)
  assert.is(called, 1)
  // Sixteen datagrams are taken at a time, and these are small.
  assert.ok((counters[Counter.Pending] ?? 0) < 10_000, `${counters[Counter.Pending]} bytes pending`)
  // What waits in the kernel is read once there is room.
  let late = 0
  while (late < count) {
    const kind = stalled.read(target, details)
    if (kind === Kind.Data) late += headersIn(target.subarray(0, details[Detail.Length])).length
    else await delay(1)
  }
  stalled.close()
  flowing.close()
})

threads('a flooded socket whose pause is over is read while others of its thread have work without end', async () => {
  await none()
  const { Announcer, IoThread, Socket, constants } = loadAddon()
  const { Counter, SocketOption } = constants
  const announcer = new Announcer(() => {})
  const [thread, other] = [new IoThread(announcer, false), new IoThread(announcer, false)]
  const open = (on: typeof thread): InstanceType<typeof Socket> => {
    const socket = new Socket(0, undefined, 512 * 1024 ** 2)
    socket.start(on, () => {})
    return socket
  }
  const [flooded, busy, changer] = [open(thread), open(thread), open(other)]
  flooded.setOption(SocketOption.SOL_NETLINK, SocketOption.NETLINK_ADD_MEMBERSHIP, RTNLGRP_NEXTHOP)
  const counters = new Float64Array(Counter.Count)
  const datagrams = (socket: InstanceType<typeof Socket>): number => {
    socket.counters(counters)
    return counters[Counter.Datagrams] ?? 0
  }
  // Fences, each of which is a few steps of the thread: they are queued faster than it takes them.
  let fences = 0
  const keepBusy = (count: number): void => {
    for (const end = fences + count; fences < end; ) busy.sync(++fences)
  }
  const [changes, rounds, mostFences] = [100, 5, 2_000_000]
  const batch = concatenate(Array.from({ length: changes }, (_, id) => setNexthop(id + 1, id + 1)))
  keepBusy(20_000)
  try {
    // After the first changes it is flooded: it is looked at after pauses, and not in `epoll`.
    for (let round = 1; round <= rounds; round++) {
      const expected = round * changes
      changer.send(batch, round)
      // The kernel makes changes wait while it takes network namespaces away, those of other tests too.
      let late = 0
      while (datagrams(flooded) < expected && late < mostFences) {
        keepBusy(100)
        if (datagrams(changer) >= expected) late += 100
      }
      assert.is(datagrams(flooded), expected, `${late} fences after the last change`)
    }
  } finally {
    for (const socket of [flooded, busy, changer]) socket.close()
  }
})

threads('the thread sleeps while a socket that lost messages waits for its reader', async () => {
  await none()
  const { Announcer, IoThread, Socket, constants } = loadAddon()
  const { Kind, Counter, Detail, SocketOption, readBytes } = constants
  const announcer = new Announcer(() => {})
  const socket = new Socket(0, undefined, 1000)
  socket.setOption(SocketOption.SOL_SOCKET, SocketOption.SO_RCVBUF, 20_000)
  socket.setOption(SocketOption.SOL_NETLINK, SocketOption.NETLINK_ADD_MEMBERSHIP, RTNLGRP_NEXTHOP)
  socket.start(new IoThread(announcer, false), () => {})
  const counters = new Float64Array(Counter.Count)
  const changes = 1000
  const lines = Array.from({ length: changes }, (_, id) => `nexthop replace id ${(id % 100) + 1} via 192.0.2.1 fdb\n`)
  execFileSync('ip', ['-batch', '-'], { input: lines.join('') })
  socket.counters(counters)
  assert.ok((counters[Counter.Drops] ?? 0) > 0)
  // The error stays with the socket until it is read. A thread that is told of it for ever never sleeps for long.
  for (let asleep = 0; asleep < 100; await delay(1))
    asleep = states().every(([state]) => state === 'S') ? asleep + 1 : 0
  const target = new Uint8Array(readBytes)
  const details = new Float64Array(Detail.Count)
  let heard = 0
  let overruns = 0
  while (overruns === 0) {
    const kind = socket.read(target, details)
    if (kind === Kind.Data) heard += headersIn(target.subarray(0, details[Detail.Length])).length
    else if (kind === Kind.Overrun) overruns++
    else await delay(1)
  }
  while (heard + (counters[Counter.Drops] ?? 0) < changes) {
    if (socket.read(target, details) !== Kind.Data) await delay(1)
    else heard += headersIn(target.subarray(0, details[Detail.Length])).length
  }
  socket.close()
})

threads('what handlers of one flood do with other sockets: none of them hears anything once it is closed', async () => {
  const { sockets, threads: count } = await none()
  const closed = new Set<NativeTransport>()
  const open: NativeTransport[] = []
  const misplaced: string[] = []
  const listen = (options?: NativeTransportOptions): void => {
    const transport = NativeTransport.open(options)
    transport.join(RTNLGRP_NEXTHOP)
    transport.start({
      ...handler,
      data() {
        if (closed.has(transport)) misplaced.push('data')
        const other = open.shift()
        if (other === undefined) return
        closed.add(other)
        other.close()
      },
    })
    open.push(transport)
  }
  for (let index = 0; index < 50; index++) listen()
  const changer = new Peer()
  for (let round = 0; open.length > 0; round++) {
    await changer.request(concatenate(Array.from({ length: 100 }, (_, id) => setNexthop(round, id + 1))), 100)
  }
  changer.transport.close()
  assert.equal(misplaced, [])
  assert.is(closed.size, 50)
  const before = { sockets, threads: count }
  assert.equal(await countBackTo(before), before)
})

threads('a socket is closed while the kernel carries out its requests, and others of the thread go on', async () => {
  const { sockets } = await none()
  const listener = Peer.listening()
  for (let round = 0; round < 20; round++) {
    const changer = NativeTransport.open()
    changer.start(handler)
    changer.send(concatenate(Array.from({ length: 100 }, (_, id) => setNexthop(round, id + 1))), raise)
    // At different moments of the work.
    if (round % 2 === 1) await delay(0)
    changer.close()
    assert.throws(() => changer.send(setNexthop(1, 1), raise), /is closed/)
  }
  const changer = new Peer()
  await changer.request(setNexthop(12_345, 1))
  await listener.until(() => listener.headers.at(-1)?.sequence === 12_345)
  assert.equal(listener.overruns, [])
  listener.transport.close()
  changer.transport.close()
  assert.equal(await countBackTo({ sockets }), { sockets })
})

threads('a socket in bulk has a thread of its own, and its order and answers stay', async () => {
  const { threads: before } = await none()
  const peer = new Peer()
  const other = new Peer()
  let sequence = 0
  const expected: number[] = []
  for (let round = 0; round < 200; round++) {
    // Moved while datagrams are queued, sent and answered.
    peer.transport.bulk(round % 2 === 0)
    peer.transport.send(
      concatenate(
        Array.from({ length: 20 }, () => {
          expected.push(++sequence)
          return setNexthop(sequence, 1)
        }),
      ),
      raise,
    )
    if (round === 0) assert.is(countResources().threads, before + 2)
    if (round % 10 === 0) await delay(0)
  }
  await peer.sync()
  assert.equal(
    peer.headers.filter(({ type }) => type === MessageType.ERROR).map((header) => header.sequence),
    expected,
  )
  peer.transport.bulk(false)
  const shared = await countResourcesUntil((now) => now.threads === before + 1)
  assert.is(shared.threads, before + 1)
  await peer.request(setNexthop(++sequence, 1))
  peer.transport.close()
  other.transport.close()
  assert.equal(await countBackTo({ threads: before }), { threads: before })
})

threads.run()
