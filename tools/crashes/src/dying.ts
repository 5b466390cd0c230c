import process from 'node:process'
import { Connection, type Transport } from '@rtnl/netlink-core'

/**
 * How a process ends: `exact` once the kernel has carried out so many requests and no further one; `sudden` as soon as the
 * datagram with the request is queued, so that nobody knows how much of it the kernel sees.
 */
export type Death = 'exact' | 'sudden'

/** The number of the first type of rtnetlink. From it on the lower two bits say what a request does: 2 is to read. */
const firstType = 16
const reads = 2

/** Called in place of `send` of every socket of this process; `send` is what the socket does. */
type Tap = (transport: Transport, bytes: Uint8Array, send: (bytes: Uint8Array) => void) => void

async function tapSockets(tap: Tap): Promise<void> {
  await using connection = await Connection.open()
  const prototype: Transport = Object.getPrototypeOf(connection.openNotifications())
  const { send } = prototype
  prototype.send = function (this: Transport, bytes, failed) {
    tap(this, bytes, (some) => send.call(this, some, failed))
  }
}

/** @returns a function that says how many requests this process has sent. Requests to read do not count. */
export async function countRequests(): Promise<() => number> {
  let count = 0
  await tapSockets((_transport, bytes, send) => {
    count += endsOfRequests(bytes).length
    send(bytes)
  })
  return () => count
}

/**
 * Kills this process with SIGKILL at the request with this number, counted from 1 at the sockets, over all of them. Requests
 * to read do not count.
 */
export async function dieAt(request: number, death: Death): Promise<void> {
  let left = request
  let dying = false
  await tapSockets((transport, bytes, send) => {
    // What is sent while the last request is on its way would come after it.
    if (dying) return
    const ends = endsOfRequests(bytes)
    const end = ends[left - 1]
    left -= ends.length
    if (end === undefined) return send(bytes)
    dying = true
    send(death === 'sudden' ? bytes : bytes.subarray(0, end))
    const die = (): void => void process.kill(process.pid, 'SIGKILL')
    if (death === 'sudden') die()
    else transport.sync(die)
  })
}

/** Where each of the requests of a datagram ends that write something. */
function endsOfRequests(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const ends: number[] = []
  for (let at = 0; at + 16 <= bytes.length; ) {
    const type = view.getUint16(at + 4, true)
    at += (view.getUint32(at, true) + 3) & ~3
    if (type >= firstType && (type & 3) !== reads) ends.push(at)
  }
  return ends
}
