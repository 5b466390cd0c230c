import { Connection, type Transport } from '@rtnl/netlink-core'

/** The number of the first type of rtnetlink. From it on the lower two bits say what a request does: 2 is to read. */
const firstType = 16
const reads = 2

interface Held {
  readonly transport: Transport
  readonly bytes: Uint8Array
  readonly failed: (error: Error) => void
}

/**
 * Lets something happen in the middle of the requests of this process, at the same place whatever the speed of the machine:
 * datagrams are cut there, and the rest waits. Requests that only read are not counted.
 */
export class InterruptedWriting implements Disposable {
  readonly #prototype: Transport
  readonly #send: Transport['send']
  #left = 0
  #happen: (() => void) | undefined
  /** What is to be sent afterwards, while the kernel carries out what came before. */
  #held: Held[] | undefined

  private constructor(prototype: Transport) {
    this.#prototype = prototype
    this.#send = prototype.send
    const take = (transport: Transport, ...sent: Parameters<Transport['send']>): void => this.#take(transport, ...sent)
    prototype.send = function (this: Transport, bytes, failed) {
      take(this, bytes, failed)
    }
  }

  static async begin(): Promise<InterruptedWriting> {
    await using connection = await Connection.open()
    return new InterruptedWriting(Object.getPrototypeOf(connection.openNotifications()))
  }

  /** Calls a function once the kernel has carried out so many requests from now on, and before it gets another one. */
  at(request: number, happen: () => void): void {
    this.#left = request
    this.#happen = happen
  }

  /** Whether what was to happen has not happened yet. */
  get isWaiting(): boolean {
    return this.#happen !== undefined
  }

  [Symbol.dispose](): void {
    this.#prototype.send = this.#send
  }

  #take(transport: Transport, bytes: Uint8Array, failed: (error: Error) => void): void {
    if (this.#held !== undefined) {
      this.#held.push({ transport, bytes: bytes.slice(), failed })
      return
    }
    const ends = endsOfRequests(bytes)
    const end = this.#happen === undefined ? undefined : ends[this.#left - 1]
    this.#left -= ends.length
    if (end === undefined) {
      this.#send.call(transport, bytes, failed)
      return
    }
    this.#held = end === bytes.length ? [] : [{ transport, bytes: bytes.slice(end), failed }]
    this.#send.call(transport, bytes.slice(0, end), failed)
    transport.sync(() => {
      this.#happen?.()
      this.#happen = undefined
      const held = this.#held ?? []
      this.#held = undefined
      for (const { transport, bytes, failed } of held) this.#send.call(transport, bytes, failed)
    })
  }
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
