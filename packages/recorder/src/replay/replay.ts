import { setImmediate as realTurn } from 'node:timers/promises'
import { ControlMessage, type DumpRequest, type SocketPurpose, type TransportFactory } from '@rtnl/netlink-core'
import { concatenated } from '../concatenated.ts'
import type { RecordedEvent, Recording } from '../recording.ts'
import { Remark } from '../remarks.ts'
import type { SocketName } from '../socket-name.ts'
import { Calls } from './calls.ts'
import { answerAt, LastAnswers } from './last-answers.ts'
import { type OpenRequest, OpenRequests } from './open-requests.ts'
import { Pace } from './pace.ts'
import { ReplaySocket } from './replay-socket.ts'
import { ReplayedWaits } from './replayed-waits.ts'
import {
  ackOf,
  DumpIndex,
  dumpHead,
  isGet,
  Refusal,
  type RequestHead,
  readdressed,
  readRequests,
  readWhole,
} from './requests.ts'

/** How a recording is played. */
export interface PlayOptions {
  /**
   * Whether the program has opened all that it will open, and waits for nothing but messages: all of its tables are `live`.
   * Only then the recording goes on without a request that the recorded program made.
   */
  readonly settled: () => boolean
  /** Whether a reader of changes has read all that there is: the recording goes on only then. Default: nobody reads. */
  readonly isRead?: (() => boolean) | undefined
  /** So many times as fast as it was recorded: 1 is the pace of the recording. Default: as fast as possible. */
  readonly speed?: number | undefined
  /** Ends the replay. */
  readonly signal?: AbortSignal | undefined
}

const nanosecondsOfMillisecond = 1e6

/** Times that the program is answered at the end; many more than tables need that depend on each other. */
const mostRounds = 1000

/** Milliseconds in which a program asks for something while it opens its tables. */
const longestPause = 1500

/**
 * A recording in the place of a kernel: `Connection.open({ transports: replay })`. The program gets what the recorded one got,
 * in the same order. A request is answered with the recorded answer to the same request, and the recording does not go past a
 * recorded request that the program is about to make. A request that was not recorded waits for the next recorded answer to
 * the same; one that only asks whether the kernel is done, as tables do before they relist, is answered at last without one. So the
 * replay is a kernel that is slow at times, and never one that lies.
 */
export class Replay implements TransportFactory {
  /** As that of the recorded connection. */
  readonly name: string
  readonly #recording: Recording
  readonly #dumps: DumpIndex
  readonly #calls = new Calls()
  readonly #sockets: ReplaySocket[] = []
  readonly #requests = new OpenRequests()
  /** The socket for notifications that is replayed: the first one of the recorded connection. */
  #notifications: SocketName | undefined
  readonly #waits = new ReplayedWaits()
  readonly #lastAnswers = new LastAnswers()
  /** Dumps that were refused, and at which place of the recording. */
  readonly #refused = new Map<string, number>()
  #place = 0
  #settled: () => boolean = () => false
  #isRead: () => boolean = () => true
  /** The calls of the program when it was waited for in vain. */
  #patientAt = -1
  #over = false
  #signal: AbortSignal | undefined

  /**
   * @param recording what is played
   * @param namespace the name of the recorded connection, if there are several: `netns blue`. Default: the first
   * @throws {RangeError} the recording has no such connection, or no connection at all
   */
  constructor(recording: Recording, namespace?: string) {
    const dumps = new Map<string, DumpIndex>()
    for (const event of recording.events) {
      const { namespace } = event.socket
      const index = dumps.get(namespace) ?? new DumpIndex()
      dumps.set(namespace, index)
      index.add(event)
    }
    const names = [...dumps.keys()]
    const [name] = namespace === undefined ? names : names.filter((other) => other === namespace)
    if (name === undefined) {
      if (names.length === 0) throw new RangeError('the recording has no messages of a connection by rtnl')
      throw new RangeError(`the recording has no connection '${namespace}'; it has: ${names.join(', ')}`)
    }
    this.name = name
    this.#recording = recording
    this.#dumps = dumps.get(name)!
  }

  /** The time of the recording that is played now, in milliseconds since 1970. */
  get time(): number {
    return Number(this.#waits.now) / nanosecondsOfMillisecond
  }

  /**
   * Where among the events the recorded program dumped a table, or a part of it, first; `undefined` if it never did.
   * @throws {TypeError | RangeError} the entry of the request does not fit its declaration
   */
  firstDump<Entry>(request: DumpRequest<Entry>): number | undefined {
    return this.#dumps.firstOf(dumpHead(request))
  }

  /** Opens a recorded socket. */
  open(purpose: SocketPurpose): ReplaySocket {
    const portId = this.#sockets.length + 1
    const socket = new ReplaySocket(
      { asked: (from, datagram) => this.#asked(from, datagram), called: () => this.#called() },
      purpose,
      portId,
    )
    this.#sockets.push(socket)
    return socket
  }

  /** Called by a connection that closes. */
  close(): void {}

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /**
   * Plays the recording once, while the program runs that has opened a connection with this replay. Resolves at its end.
   * @returns how many dumps the program waits for that the recording does not have
   */
  async play(options: PlayOptions): Promise<number> {
    this.#settled = options.settled
    this.#isRead = options.isRead ?? this.#isRead
    this.#signal = options.signal
    this.#waits.begin()
    try {
      await this.#playAll(options)
      for (let round = 0; round < mostRounds; round++) {
        while (options.signal?.aborted !== true && !(await this.#comesNoMore())) {
          // What came may make the program wait for more.
        }
        if (options.signal?.aborted === true || !this.#answerAgain()) break
      }
    } finally {
      this.#waits.end()
    }
    return this.#finish()
  }

  /** From now on dumps are refused. */
  #finish(): number {
    this.#over = true
    const waiting = [...this.#requests.takeAnswering(), ...this.#takeWaiting()]
    for (const { socket, request } of waiting) socket.receive(this.#refuse(request, socket.portId), undefined)
    return waiting.filter(({ request }) => request.isDump).length
  }

  async #playAll({ settled, speed, signal }: PlayOptions): Promise<void> {
    let pace: Pace | undefined
    let time: bigint | undefined
    for (const event of this.#events()) {
      if (signal?.aborted === true) return
      if (time === undefined) {
        time = event.time
        this.#waits.now = time
        if (speed !== undefined) pace = new Pace(speed, time)
      } else if (event.time !== time) {
        await this.#quiet()
        if (settled()) {
          await pace?.until(event.time, signal)
          await realTurn()
        }
        time = event.time
        this.#waits.now = time
      }
      if (event.socket.purpose === 'notification') this.#notifications ??= event.socket
      await this.#play(event)
      this.#place++
    }
  }

  *#events(): Generator<RecordedEvent, void, undefined> {
    for (const event of this.#recording.events) if (event.socket.namespace === this.name) yield event
  }

  /**
   * Answers dumps that the program waits for at the end with those that were recorded last, where these still hold. The others are
   * refused, once each: a part of a table may have been read with the whole.
   * @returns whether there were any
   */
  #answerAgain(): boolean {
    const unanswered = this.#requests.takeAnswering()
    let isAny = false
    for (const open of [...unanswered, ...this.#takeWaiting()]) {
      const { socket, request } = open
      const place = this.#dumps.lastOf(request)
      if (place !== undefined && !unanswered.includes(open) && this.#lastAnswers.holds(request.type, place)) {
        const to = { seq: request.seq, portId: socket.portId }
        for (const message of answerAt(this.#events(), place, request.key, to)) socket.receive(message, undefined)
      } else if (this.#refused.get(request.key) !== this.#place) {
        this.#refused.set(request.key, this.#place)
        socket.receive(this.#refuse(request, socket.portId), undefined)
      } else {
        this.#requests.add(open)
        continue
      }
      isAny = true
    }
    return isAny
  }

  async #play(event: RecordedEvent): Promise<void> {
    const { kind, socket, messages, nsid, text } = event
    switch (kind) {
      case 'sent':
        for (const request of readRequests(messages))
          if (isGet(request.type)) await this.#until(() => this.#requests.match(socket, request))
        return
      case 'received':
        if (socket.purpose !== 'notification') this.#answer(socket, messages)
        else if (socket === this.#notifications) {
          this.#lastAnswers.announced(messages, this.#place)
          this.#notification?.receive(messages, nsid)
        }
        return
      case Remark.OPENED:
        // The recorded program gave up what its socket had not answered before.
        this.#requests.giveUp(socket)
        return
      case Remark.FENCE:
        if (socket.purpose === 'notification' && socket !== this.#notifications) return
        await this.#until(() => {
          const waits = this.#counterparts(socket).find(({ hasFence }) => hasFence)
          waits?.passFence()
          return waits !== undefined
        })
        return
      case Remark.OVERRUN:
      case Remark.TRUNCATED:
        if (socket === this.#notifications) this.#lastAnswers.lost(this.#place)
        for (const counterpart of this.#counterparts(socket)) counterpart.lose(kind)
        return
      case Remark.EMPTY:
        for (const counterpart of this.#counterparts(socket)) counterpart.receiveNothing()
        return
      case Remark.FAILED:
        for (const counterpart of this.#counterparts(socket)) counterpart.fail(new Error(text))
    }
  }

  /** The sockets of the program that stand for a recorded one. */
  #counterparts(recorded: SocketName): ReplaySocket[] {
    if (recorded.purpose === 'dump') return this.#requests.socketsOf(recorded)
    if (recorded.purpose === 'notification' && recorded !== this.#notifications) return []
    const counterpart = this.#socketFor(recorded.purpose)
    return counterpart === undefined ? [] : [counterpart]
  }

  get #notification(): ReplaySocket | undefined {
    return this.#socketFor('notification')
  }

  #socketFor(wanted: SocketPurpose): ReplaySocket | undefined {
    return this.#sockets.find(({ purpose, closed }) => purpose === wanted && !closed)
  }

  /** Takes requests of the program. */
  #asked(socket: ReplaySocket, datagram: Uint8Array): void {
    for (const request of readRequests(datagram)) {
      if (this.#isRefused(request)) this.#later(() => socket.receive(this.#refuse(request, socket.portId), undefined))
      else this.#requests.add({ socket, request })
    }
    this.#called()
  }

  /** The program has made a request, waits for a fence, or has closed a socket. */
  #called(): void {
    this.#calls.note()
    if (this.#over) this.#later(() => this.#answerAlone())
  }

  /** A transport calls nobody from inside a call. */
  #later(call: () => void): void {
    queueMicrotask(call)
  }

  #isRefused(request: RequestHead): boolean {
    const { key, type, isDump } = request
    if (!isGet(type)) return true
    if (!isDump || this.#over) return isDump
    // Whoever asks for the same again wants nothing else, and waits.
    if (!this.#dumps.isHopeless(request, this.#place) || this.#refused.get(key) === this.#place) return false
    this.#refused.set(key, this.#place)
    return true
  }

  #refuse(request: RequestHead, portId: number): Uint8Array {
    if (!isGet(request.type)) return ackOf(request, portId, Refusal.READ_ONLY, 'a recording cannot be changed')
    const reason =
      this.#dumps.firstOf(request) !== undefined
        ? 'the recording ends before this was dumped again'
        : 'the recording has no such dump'
    return ackOf(request, portId, Refusal.NOT_RECORDED, reason)
  }

  /** Those that wait for the recording, and do so no more. */
  #takeWaiting(): OpenRequest[] {
    return this.#requests.take(() => true).filter(({ socket }) => !socket.closed)
  }

  /** Hands recorded answers to those who made the same requests. */
  #answer(recorded: SocketName, messages: Uint8Array): void {
    const answers: { readonly to: ReplaySocket; readonly bytes: Uint8Array[] }[] = []
    const whole = readWhole(messages, (cursor) => {
      const open = this.#requests.answeredBy(recorded, cursor.seq)
      if (open === undefined) return
      const { socket, request } = open
      if (cursor.type === ControlMessage.ERROR || cursor.type === ControlMessage.DONE)
        this.#requests.answered(recorded, cursor.seq)
      const bytes = readdressed(cursor, request.seq, socket.portId)
      const last = answers.at(-1)
      if (last?.to === socket) last.bytes.push(bytes)
      else answers.push({ to: socket, bytes: [bytes] })
    })
    for (const { to, bytes } of answers) to.receive(concatenated(bytes), undefined)
    if (!whole) for (const socket of this.#counterparts(recorded)) socket.lose('truncated')
  }

  /** Resolves when the program waits for messages or a timer, and the reader of changes for changes. */
  async #quiet(): Promise<void> {
    await this.#waits.quiet()
    while (!this.#isRead() && this.#signal?.aborted !== true) {
      // What it has read goes to a file or a terminal, which may be slow.
      await realTurn()
      await this.#waits.quiet()
    }
  }

  /** Tries until it succeeds, or the program makes no such call. */
  async #until(attempt: () => boolean): Promise<void> {
    while (!attempt()) if (await this.#comesNoMore()) return
  }

  /** @returns whether the program calls no more before the recording goes on */
  async #comesNoMore(): Promise<boolean> {
    const { count } = this.#calls
    await this.#quiet()
    if (this.#calls.count !== count || this.#waits.passTimer()) return false
    const settled = this.#settled()
    if (this.#answerAlone()) return false
    // Who waits for an answer waits for the recording.
    if (settled || this.#requests.isAny || this.#patientAt === this.#calls.count) return true
    if (await this.#calls.another(longestPause)) return false
    this.#patientAt = this.#calls.count
    return true
  }

  /** Answers what can be answered without the recording. @returns whether something was */
  #answerAlone(): boolean {
    const open = this.#sockets.filter(({ closed }) => !closed)
    const fences = open.filter(({ hasFence }) => hasFence)
    const single = this.#requests.take(({ isDump }) => !isDump)
    for (const { socket, request } of single) socket.receive(ackOf(request, socket.portId, 0), undefined)
    for (const socket of fences) while (socket.hasFence) socket.passFence()
    return single.length + fences.length > 0
  }
}

/** The names of the connections of a recording, in the order in which they appear. */
export function connectionsOf({ events }: Recording): readonly string[] {
  const names = new Set<string>()
  for (const { socket } of events) names.add(socket.namespace)
  return [...names]
}
