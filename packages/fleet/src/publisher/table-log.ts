import { type AnyTable, changesOf, type IncompletePart } from '@rtnl/live-table'
import { logSubject, type Slot, type TablePlaceInFleet } from '../names.ts'
import type { Server } from '../nats/server.ts'
import { BackOff, pauseUntil } from '../nats/waits.ts'
import { eventTexts } from '../protocol/event-text.ts'
import { encodeEnd, encodeLog, type Position, type PublishedTable } from '../protocol/messages.ts'
import { Appender, type ProblemListener } from './appender.ts'

/** What is published: any table of `@rtnl/live-table`. */
export type PublishableTable = AnyTable & {
  /** Parts that the kernel's dumps do not show to the end. */
  readonly incomplete?: readonly IncompletePart[]
}

/** The most characters of an event. What zlib makes of them fits the payload that servers allow by default, 1 MiB. */
const longestEvent = 256 * 1024
/** Changes after the snapshot take at least this much of the stream before there is a new snapshot. */
const leastChangeBytes = 256 * 1024
/** Milliseconds between two messages: what changes meanwhile is one. A message takes several times as many bytes as a change. */
const gathering = 50
/** What a message takes of the stream besides its payload: subject, headers, the server's own. */
const messageOverhead = 300

/** What a log tells the publisher. */
export interface LogListener {
  readonly problem: ProblemListener
  /** The server does not have what we wrote: it may be another's turn. */
  lost(): void
  /** The lease has something new to say. */
  changed(): void
}

/**
 * Keeps the log of a table at the server. A log is what a stream of changes delivers: the content, `synced`, and the changes
 * after it. There are two subjects, so that a new log is written while the other one still holds.
 */
export class TableLog {
  readonly place: TablePlaceInFleet
  readonly #table: PublishableTable
  readonly #server: Server
  readonly #epoch: string
  readonly #listener: LogListener
  readonly #logs: readonly [Appender, Appender]
  /** Whether something stands in a subject that readers would take. */
  readonly #holds: [boolean, boolean] = [false, false]
  #generation = 0
  #acknowledged: Position | undefined
  /** Ends the writing of a log. */
  #turn = new AbortController()
  #current: Appender | undefined
  #isClosed = false
  #snapshotBytes = 0
  #changeBytes = 0
  #isRemoved = false
  /** Resolves when the log is closed, or its table. */
  readonly done: Promise<void>

  constructor(server: Server, place: TablePlaceInFleet, table: PublishableTable, epoch: string, listener: LogListener) {
    this.#server = server
    this.place = place
    this.#table = table
    this.#epoch = epoch
    this.#listener = listener
    const appender = (slot: Slot): Appender =>
      new Appender(server, logSubject(server.fleet, place, slot), listener.problem)
    this.#logs = [appender(0), appender(1)]
    this.done = this.#run()
  }

  /** Logs begun so far. */
  get generations(): number {
    return this.#generation
  }

  /** As the lease says it. */
  get published(): PublishedTable {
    const { netns, table } = this.place
    const { generation, index } = this.#acknowledged ?? {}
    return {
      netns,
      table,
      state: this.#table.state,
      incomplete: this.#table.incomplete ?? [],
      ...(generation === undefined || index === undefined ? {} : { generation, index }),
    }
  }

  /** Looks whether the server still has what it acknowledged, and begins a new log if not. */
  async verify(): Promise<void> {
    const [log, turn] = [this.#current, this.#turn]
    if (log === undefined || log.isBusy) return
    const { expected } = log
    const isLast = await log.isLast().catch(() => true)
    if (!isLast && !log.isBusy && log.expected === expected)
      turn.abort(new Error('the server lost what it acknowledged'))
  }

  /** Idempotent. What stands at the server stays. */
  close(): void {
    this.#isClosed = true
    this.#turn.abort(new Error('the log is closed'))
  }

  /** Takes the table away from the server. @throws the reason of the signal */
  async remove(signal: AbortSignal): Promise<void> {
    this.close()
    await this.done
    await this.#remove(signal)
  }

  async #run(): Promise<void> {
    const backOff = new BackOff()
    while (!this.#isClosed && !this.#isRemoved) {
      this.#turn = new AbortController()
      const { signal } = this.#turn
      try {
        if (await this.#write(signal)) backOff.reset()
        else await pauseUntil(backOff.next(), signal)
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        this.#current = undefined
      }
    }
  }

  /** Writes one log. @returns whether it held the whole table for a time */
  async #write(signal: AbortSignal): Promise<boolean> {
    const slot = await this.#choose(signal)
    const log = this.#logs[slot]
    this.#current = log
    const generation = ++this.#generation
    this.#snapshotBytes = 0
    this.#changeBytes = 0
    // Nodes to which the same happens begin their new logs one after the other.
    const share = 1 + Math.random()
    let isSynced = false
    let index = 0
    try {
      for await (const batch of changesOf([this.#table], { signal })) {
        if (batch.event === 'incomplete') this.#listener.changed()
        for (const { text, synced } of eventTexts(batch, this.#longest)) {
          isSynced ||= synced
          const position = { epoch: this.#epoch, generation, index: index++ }
          const packet = encodeLog(position, isSynced, text)
          const rollup = position.index === 0 && this.#holds[slot]
          this.#holds[slot] = true
          while (true) {
            const appended = await log.append(packet, position, rollup, signal)
            if (appended === 'stored') break
            if (appended === 'lost') {
              this.#listener.lost()
              return isSynced
            }
            if (!(await this.#makeRoom(slot, isSynced && !synced, signal))) return isSynced
          }
          this.#acknowledged = position
          const bytes = packet.payload.length + messageOverhead
          if (isSynced && !synced) this.#changeBytes += bytes
          else this.#snapshotBytes += bytes
          if (synced) this.#listener.changed()
          if (isSynced && this.#holds[1 - slot]) await this.#clear(slot === 0 ? 1 : 0, signal)
        }
        if (isSynced && this.#changeBytes > share * Math.max(this.#snapshotBytes / 2, leastChangeBytes)) return true
        if (isSynced && batch.event === 'change') await pauseUntil(gathering, signal)
      }
    } catch (error) {
      if (signal.aborted) throw error
      // The table ended with an error: as if it were closed.
    }
    await this.#remove(signal)
    this.#isRemoved = true
    return true
  }

  get #longest(): number {
    return Math.min(longestEvent, Math.floor(this.#server.maxPayload / 2))
  }

  /**
   * The server is full. Frees what of our own is not needed.
   * @param hasChanges whether the log holds more than a snapshot
   * @returns whether the message is to be tried again; otherwise a new log is to be begun
   */
  async #makeRoom(slot: Slot, hasChanges: boolean, signal: AbortSignal): Promise<boolean> {
    if (this.#holds[1 - slot] && (await this.#clear(slot === 0 ? 1 : 0, signal))) return true
    if (hasChanges && this.#changeBytes > this.#snapshotBytes / 2 && (await this.#clear(slot, signal))) return false
    await pauseUntil(fullPause, signal)
    signal.throwIfAborted()
    return true
  }

  /** Ends the log in a subject, whoever wrote it. @returns whether the server had room for that */
  async #clear(slot: Slot, signal: AbortSignal, removed = false): Promise<boolean> {
    const log = this.#logs[slot]
    while (true) {
      const position = { epoch: this.#epoch, generation: this.#generation, index: endIndex + slot }
      const appended = await log.append(encodeEnd(position, removed), position, true, signal)
      if (appended === 'full') return false
      if (appended === 'stored') {
        this.#holds[slot] = false
        return true
      }
      await log.catchUp(signal)
    }
  }

  async #remove(signal: AbortSignal): Promise<void> {
    this.#generation++
    for (const slot of [0, 1] as const) {
      while (!(await this.#clear(slot, signal, true))) {
        await pauseUntil(fullPause, signal)
        signal.throwIfAborted()
      }
    }
  }

  /** The subject for a new log: the one without a log that holds. */
  async #choose(signal: AbortSignal): Promise<Slot> {
    const lasts = [await this.#logs[0].catchUp(signal), await this.#logs[1].catchUp(signal)] as const
    for (const slot of [0, 1] as const) {
      this.#holds[slot] = lasts[slot] !== undefined && lasts[slot].head?.kind !== 'end'
    }
    if (!this.#holds[0]) return 0
    if (!this.#holds[1]) return 1
    const [first, second] = lasts.map((last) => (last?.head?.synced === true ? last.sequence : 0)) as [number, number]
    return first <= second ? 0 : 1
  }
}

/** Milliseconds until a full server is tried again. */
const fullPause = 1000
/** The index of a message that ends a log: no log is that long. */
const endIndex = 1_000_000_000
