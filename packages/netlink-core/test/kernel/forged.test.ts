// runtimes: node deno bun
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  attribute,
  type BulkRequest,
  type BulkResult,
  Connection,
  header,
  hidden,
  MessageFlag,
  MulticastGroup,
  message,
  type NetlinkError,
  presence,
  readMessages,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MessageType } from '../native/messages.ts'

const forged = suite('a process that is not the kernel')

/** `struct nhmsg` and attributes of `linux/nexthop.h`. */
const nexthopMessage = message('nexthop', {
  header: { family: header(u8), scope: hidden(u8), protocol: header(u8), reserved: hidden(u8), flags: hidden(u32) },
  attributes: { id: attribute(1, u32), blackhole: attribute(4, presence) },
})

const AF_INET = 2
const count = 3000
const forgedId = 4_000_000_000

/**
 * Sends to every netlink socket of the namespace, again and again: acks, refusals, ends of dumps and entries, with the sequence
 * numbers that a connection uses; and to the group of nexthops.
 */
const sender = `
import os, socket, struct
own = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
own.bind((0, 0))
own.setblocking(False)
def message(type, flags, seq, pid, body):
    return struct.pack('=IHHII', 16 + len(body), type, flags, seq, pid) + body
def nexthop():
    return struct.pack('=BBBBI', 2, 0, 3, 0, 0) + struct.pack('=HHI', 8, 1, ${forgedId}) + struct.pack('=HH', 4, 4)
def ports():
    for line in open('/proc/net/netlink').read().splitlines()[1:]:
        fields = line.split()
        if fields[1] == '0' and int(fields[2]) not in (0, own.getsockname()[0]): yield int(fields[2])
print('ready', flush=True)
seq = 0
parent = os.getppid()
while os.getppid() == parent:
    seq = seq % 4000 + 1
    for port in ports():
        head = struct.pack('=IHHII', 32, ${MessageType.NEWNEXTHOP}, 5, seq, port)
        for forged in (
            message(2, 0x100, seq, port, struct.pack('=i', 0) + head),
            message(2, 0x100, seq, port, struct.pack('=i', -1) + head),
            message(3, 2, seq, port, struct.pack('=i', 0)),
            message(${MessageType.NEWNEXTHOP}, 2, seq, port, nexthop()),
        ):
            try: own.sendto(forged, (port, 0))
            except OSError: pass
    try: own.sendto(message(${MessageType.NEWNEXTHOP}, 0, 0, 0, nexthop()), (0, 1 << (${MulticastGroup.NEXTHOP} - 1)))
    except OSError: pass
`

async function startSender(): Promise<ChildProcess> {
  const child = spawn('python3', ['-c', sender], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  return child
}

function* adds(): Generator<BulkRequest<unknown>> {
  const flags = MessageFlag.CREATE | MessageFlag.EXCL
  for (let id = 1; id <= count; id++) {
    const entry = { family: AF_INET, id, blackhole: true as const }
    yield { message: nexthopMessage, type: MessageType.NEWNEXTHOP, flags, entry, operation: () => `add nexthop ${id}` }
  }
}

forged('is ignored and counted while requests, dumps and notifications run', async () => {
  const expected = Array.from({ length: count }, (_, index) => index + 1)
  const child = await startSender()
  const connection = await Connection.open()
  const heard: number[] = []
  const socket = connection.openNotifications()
  try {
    socket.start({
      data: (bytes) =>
        void readMessages(bytes, ({ view, type, body, end }) => {
          if (type === MessageType.NEWNEXTHOP) heard.push(nexthopMessage.decode(view, body, end).id ?? 0)
        }),
      overrun() {},
      failed(error) {
        throw error
      },
    })
    socket.join(MulticastGroup.NEXTHOP)
    // What others send may fill the buffer of a socket. The kernel drops acks then, and each of these is told.
    const lostAcks = ({ failed }: Pick<BulkResult<unknown>, 'failed'>): number =>
      failed.filter(({ error }) => (error as NetlinkError).code === 'ENOBUFS').length
    const first = await connection.requestAll(adds())
    assert.equal([first.done, first.failed.length], [count - lostAcks(first), lostAcks(first)])
    // What exists is refused, whatever acks say otherwise.
    const again = await connection.requestAll(adds())
    assert.equal([again.done, again.failed.length], [0, count])
    const codes = new Set(again.failed.map(({ error }) => (error as NetlinkError).code))
    codes.delete('ENOBUFS')
    assert.equal([...codes], ['EEXIST'])
    if (lostAcks(first) + lostAcks(again) > 0) assert.ok(connection.counters.overruns > 0)
    const shown = JSON.parse(execFileSync('ip', ['-j', 'nexthop'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as {
      id: number
    }[]
    assert.equal(
      shown.map(({ id }) => id),
      expected,
    )
    const dump = { message: nexthopMessage, type: MessageType.GETNEXTHOP, entry: {}, operation: 'dump nexthop' }
    const enough = 200
    for (let tries = 0; tries < 5 || connection.stats().foreign < enough; tries++) {
      const ids: number[] = []
      for await (const batch of connection.dump(dump)) ids.push(...batch.map(({ id }) => id ?? 0))
      assert.equal(ids, expected)
      const [one] = await connection.request({ ...dump, entry: { id: 7 }, operation: 'get nexthop 7' })
      assert.is(one?.id, 7)
    }
    await new Promise<void>((resolve) => socket.sync(resolve))
    assert.ok(heard.length > 0)
    assert.is(heard.includes(forgedId), false)
    assert.ok(socket.stats().foreign > 0, 'notification sockets count them too')
    assert.equal([connection.counters.strays, connection.counters.malformed], [0, 0])
  } finally {
    child.kill()
    connection.close()
  }
})

forged.run()
