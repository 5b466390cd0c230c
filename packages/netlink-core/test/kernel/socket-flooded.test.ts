// runtimes: node deno bun
//
// Another process fills the queue of a socket, so that the kernel drops its answer.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAddon } from '../../src/addon.ts'
import type { NativeSocket } from '../../src/transport/native-binding.ts'

const flooded = suite('a socket that others have filled')

/** Sends to the port ids that it reads until nothing fits, and says how many messages that were. */
const filler = `
import socket, struct, sys
own = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
own.bind((0, 0))
own.setblocking(False)
for line in sys.stdin:
    count = 0
    try:
        while True:
            own.sendto(struct.pack('=IHHII', 16, 2, 0, 1, 0), (int(line), 0))
            count += 1
    except BlockingIOError: pass
    print(count, flush=True)
`

function open(): NativeSocket {
  const { Socket, constants } = loadAddon()
  const socket = new Socket(0, undefined, 1_000_000)
  const { SOL_SOCKET, SO_RCVBUF } = constants.SocketOption
  socket.setOption(SOL_SOCKET, SO_RCVBUF, 5000)
  return socket
}

async function fill(child: ChildProcess, socket: NativeSocket): Promise<number> {
  child.stdin!.write(`${socket.portId}\n`)
  const [count] = (await once(child.stdout!, 'data')) as [Buffer]
  return Number(count)
}

function countersOf(socket: NativeSocket): { drops: number } {
  const { Counter } = loadAddon().constants
  const counters = new Float64Array(Counter.Count)
  socket.counters(counters)
  return { drops: counters[Counter.Drops] ?? 0 }
}

flooded('is prepared for dumps all the same', async () => {
  const child = spawn('python3', ['-c', filler], { stdio: ['pipe', 'pipe', 'inherit'] })
  const socket = open()
  try {
    assert.ok((await fill(child, socket)) > 0)
    socket.expectDumps()
    assert.ok(countersOf(socket).drops > 0, 'the kernel dropped no answer')
    // Nothing of it is left.
    const { Announcer, IoThread, constants } = loadAddon()
    const { Detail, Kind, readBytes } = constants
    const synced = new Promise<number[]>((resolve) => {
      const kinds: number[] = []
      const readable = (): void => {
        for (let kind = -1; kind !== Kind.None; ) {
          kind = socket.read(new Uint8Array(readBytes), new Float64Array(Detail.Count))
          kinds.push(kind)
          if (kind === Kind.Sync) resolve([...kinds])
        }
      }
      const announcer = new Announcer((readables) => {
        for (const call of readables) call()
      })
      socket.start(new IoThread(announcer, false), readable)
    })
    socket.sync(1)
    assert.equal(await synced, [Kind.Sync])
  } finally {
    socket.close()
    child.kill()
  }
})

flooded.run()
