import {
  ControlMessage,
  Errno,
  MessageFlag,
  messageHeaderLength,
  readMessages,
  type SocketPurpose,
  type TransportFactory,
} from '@rtnl/netlink-core'
import { answer, type FakeRequest, isDump } from '@rtnl/netlink-core/testing'
import { thingMessage } from '../../../packages/notifier/test/things.ts'
import type { Choices } from './choices.ts'
import { joined } from './joined.ts'
import { type DumpPart, ScheduledSocket, type SocketHost } from './socket.ts'

/** A change of a table in steps: between two of them other things may happen. Returns the error number of a refusal, or 0. */
export type Change = Generator<void, number>

/** The messages of a dump, one or some at a time, made as they are read. */
export interface DumpCursor {
  /** `undefined` at the end. */
  next(flags: number, request: FakeRequest): Uint8Array | undefined
  /** Whether the kernel knows that the table has changed since the dump began, and says so. */
  readonly interrupted: boolean
}

export interface KernelTable {
  readonly types: { readonly new: number; readonly delete: number; readonly get: number }
  dump(request: FakeRequest): DumpCursor
  /** Carries a request out. */
  change(request: FakeRequest): Change
}

const transientErrors = [Errno.EBUSY, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM] as const
const requestErrors = [...transientErrors, Errno.ENODEV] as const
/** `RTM_GETLINK`: the request by which a table waits for the kernel's lock. */
const barrierType = 18

/**
 * A kernel made of code whose every step is one of the schedule's. Changes hold a lock, as with RTNL: requests wait for it, dumps
 * do not.
 */
export class ScheduledKernel implements TransportFactory, SocketHost {
  readonly name: string
  readonly choices: Choices
  readonly sockets = new Set<ScheduledSocket>()
  readonly tables: KernelTable[] = []
  /** Called when a loss of notifications is about to be reported to the program. */
  onLoss: (socket: ScheduledSocket) => void = () => {}
  readonly #log: (line: string) => void
  #portId = 0
  #running: { readonly steps: Generator<void, unknown>; readonly done: () => void } | undefined

  constructor(name: string, choices: Choices, log: (line: string) => void) {
    this.name = name
    this.choices = choices
    this.#log = log
  }

  /** A change is under way. */
  get isLocked(): boolean {
    return this.#running !== undefined
  }

  open(purpose: SocketPurpose): ScheduledSocket {
    const socket = new ScheduledSocket(this, purpose, ++this.#portId)
    this.sockets.add(socket)
    return socket
  }

  close(): void {}

  closed(socket: ScheduledSocket): void {
    this.sockets.delete(socket)
  }

  lost(socket: ScheduledSocket): void {
    if (socket.purpose === 'notification') this.onLoss(socket)
  }

  /** Sends a notification to the sockets that are in a group, or loses it. */
  notify(group: number, bytes: Uint8Array, text: string): void {
    this.#log(`the kernel says ${text}`)
    for (const socket of this.sockets) {
      if (!socket.groups.has(group)) continue
      if (this.choices.fault('overrun', 0.06)) socket.overflow()
      const copy = bytes.slice()
      // The first attribute reaches beyond the message.
      if (this.choices.fault('malformed', 0.02)) copy[messageHeaderLength + 4] = 99
      socket.receive(copy)
    }
  }

  /** Adds a line to the trace. */
  note(line: string): void {
    this.#log(line)
  }

  /** Begins a change: it goes on with `goOn`. */
  begin(steps: Generator<void, unknown>, done: () => void = () => {}): void {
    this.#running = { steps, done }
    this.goOn()
  }

  goOn(): void {
    const running = this.#running
    if (running === undefined || running.steps.next().done !== true) return
    this.#running = undefined
    running.done()
  }

  carryOut(socket: ScheduledSocket, datagram: Uint8Array): void {
    const requests: FakeRequest[] = []
    readMessages(datagram, ({ view, type, flags, seq, start, body, end }) => {
      if (type < ControlMessage.MIN_TYPE || (flags & MessageFlag.REQUEST) === 0) return
      const bytes = datagram.slice(start, end)
      requests.push({
        type,
        flags,
        seq,
        portId: socket.portId,
        bytes,
        decode: (message) => message.decode(view, body, end),
      })
    })
    const dumps = requests.filter((request) => isDump(request))
    for (const request of dumps) this.#beginDump(socket, request)
    if (dumps.length > 0) return
    socket.busy = true
    this.begin(this.#carryOutAll(socket, requests), () => {
      socket.busy = false
    })
  }

  *#carryOutAll(socket: ScheduledSocket, requests: readonly FakeRequest[]): Generator<void, void> {
    for (const request of requests) {
      const errno = this.choices.fault('request refused', 0.05)
        ? this.choices.order.pick(requestErrors)
        : yield* this.#tableOf(request)?.change(request) ?? nothing()
      if (request.type !== barrierType) this.#log(`carried out ${request.type}: ${errno}`)
      if (this.choices.fault('ack lost', 0.02)) socket.overflow()
      for (const bytes of (errno === 0 ? answer.ack() : answer.error(errno))(request)) socket.receive(bytes)
    }
  }

  #beginDump(socket: ScheduledSocket, request: FakeRequest): void {
    const table = this.#tableOf(request)
    if (table === undefined || this.choices.fault('dump refused', 0.04)) {
      const errno = table === undefined ? Errno.EOPNOTSUPP : this.choices.order.pick(transientErrors)
      for (const bytes of answer.error(errno)(request)) socket.receive(bytes)
      return
    }
    const cursor = table.dump(request)
    this.#log(`dump ${request.type} begins`)
    socket.beginDump(() => this.#nextPart(cursor, request))
  }

  /** Any number of messages; the end may come with the last ones or alone. */
  #nextPart(cursor: DumpCursor, request: FakeRequest): DumpPart {
    const { order } = this.choices
    const messages: Uint8Array[] = []
    for (let left = 1 + order.below(4); left > 0; left--) {
      const isInterrupted = cursor.interrupted || this.choices.fault('dump interrupted', 0.03)
      const flags = MessageFlag.MULTI | (isInterrupted ? MessageFlag.DUMP_INTR : 0)
      const message = cursor.next(flags, request)
      if (message === undefined) {
        if (messages.length > 0 && order.chance(0.5)) break
        return { bytes: joined([...messages, this.#end(isInterrupted, request)]), last: true }
      }
      messages.push(message)
    }
    return { bytes: joined(messages), last: false }
  }

  #end(isInterrupted: boolean, request: FakeRequest): Uint8Array {
    const doneErrno = this.choices.fault('dump failed', 0.03) ? this.choices.order.pick(transientErrors) : 0
    const options = { interrupted: isInterrupted ? ('done' as const) : undefined, doneErrno }
    const [done] = answer.dump(thingMessage, request.type, [], options)(request)
    return done!
  }

  #tableOf({ type }: FakeRequest): KernelTable | undefined {
    return this.tables.find(({ types }) => type === types.new || type === types.delete || type === types.get)
  }
}

function* nothing(): Change {
  yield
  return 0
}
