import { setTimeout as delay } from 'node:timers/promises'
import type { Transport, TransportFactory } from '@rtnl/netlink-core'
import {
  ControlMessage,
  ExtendedAck,
  findAttribute,
  MessageFlag,
  messageHeaderLength,
  readMessages,
} from '@rtnl/netlink-core'

/** A message as a socket received it. */
export interface Received {
  readonly type: number
  readonly flags: number
  readonly seq: number
  readonly pid: number
  /** What follows `struct nlmsghdr`. */
  readonly body: Uint8Array
}

/** One of the two kernels that are compared: sends raw messages, and collects what comes back. */
export class Side {
  readonly name: string
  readonly portId: number
  readonly #request: Transport
  readonly #listener: Transport
  #answers: Received[] = []
  #notifications: Received[] = []

  constructor(name: string, transports: TransportFactory, groups: readonly number[]) {
    this.name = name
    this.#request = transports.open('request')
    this.#listener = transports.open('notification')
    this.#start(this.#request, (message) => this.#answers.push(message))
    this.#start(this.#listener, (message) => this.#notifications.push(message))
    for (const group of groups) this.#listener.join(group)
    this.portId = this.#request.portId
  }

  /** Sends a message and returns the answers to it. */
  async ask(bytes: Uint8Array): Promise<Received[]> {
    this.#answers = []
    this.#request.send(bytes, (error) => {
      throw error
    })
    const isDump = (new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true) & 3) === 2
    const over = ({ type }: Received): boolean =>
      type === ControlMessage.ERROR || (isDump && type === ControlMessage.DONE)
    while (!this.#answers.some(over)) await fence(this.#request)
    return this.#answers
  }

  /** The notifications since the last call. */
  async notifications(): Promise<Received[]> {
    await fence(this.#listener)
    const all = this.#notifications
    this.#notifications = []
    return all
  }

  /** Waits for a notification of a type, if it is not among those that nobody has asked for yet. */
  async told(type: number): Promise<void> {
    while (!this.#notifications.some((each) => each.type === type)) {
      await delay(1)
      await fence(this.#listener)
    }
  }

  close(): void {
    this.#request.close()
    this.#listener.close()
  }

  #start(transport: Transport, take: (message: Received) => void): void {
    transport.start({
      data: (bytes) =>
        readMessages(bytes, ({ type, flags, seq, pid, body, end }) =>
          take({ type, flags, seq, pid, body: bytes.slice(body, end) }),
        ),
      overrun: (reason) => {
        throw new Error(`${this.name}: ${reason}`)
      },
      failed: (error) => {
        throw error
      },
    })
  }
}

function fence(transport: Transport): Promise<void> {
  return new Promise((resolve) => transport.sync(resolve))
}

/** Error number and words of an answer: `EINVAL "..."`; undefined if it is no `NLMSG_ERROR` and no end with an error. */
export function errorOf({ type, flags, body }: Received): { errno: number; text: string } | undefined {
  if (type !== ControlMessage.ERROR && type !== ControlMessage.DONE) return undefined
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const errno = -view.getInt32(0, true)
  let text = ''
  if ((flags & MessageFlag.ACK_TLVS) !== 0) {
    let at = type === ControlMessage.DONE ? 4 : 4 + messageHeaderLength
    if (type === ControlMessage.ERROR && (flags & MessageFlag.CAPPED) === 0)
      at = 4 + ((view.getUint32(4, true) + 3) & ~3)
    const start = findAttribute(view, at, body.length, ExtendedAck.MSG)
    if (start >= 0) text = new TextDecoder().decode(body.subarray(start, start + view.getUint16(start - 4, true) - 5))
  }
  return { errno, text }
}
