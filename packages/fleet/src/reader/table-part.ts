import type { Cause, DerivedRows, IncompletePart } from '@rtnl/live-table'
import type { Slot } from '../names.ts'
import type { Change, LogEvent, Position } from '../protocol/messages.ts'

/** An entry of a table of the fleet: that of the node, and where it is from. */
export type FleetEntry = Readonly<Record<string, unknown>> & {
  /** Name of the node. */
  readonly node: string
  /** Name of the network namespace; empty for the one in which the publisher runs. */
  readonly netns: string
}

/** How far a log was read. */
interface ReadLog {
  /** The sequence in the stream of its first message. */
  readonly begun: number
  epoch: string
  generation: number
  index: number
  /** Whether the log has all of the content. */
  isWhole: boolean
  /** The content, until the rows are from this log. */
  staged: Map<string, FleetEntry> | undefined
}

/** What a message did. `gap`: messages before it are missing; `foreign`: of a log that does not hold */
export type Applied = 'applied' | 'gap' | 'foreign'

/** What one namespace of one node has in a table: its rows among those of the fleet, from two logs of which one holds. */
export class TablePart {
  readonly node: string
  readonly netns: string
  readonly #rows: DerivedRows<FleetEntry>
  readonly #logs: [ReadLog | undefined, ReadLog | undefined] = [undefined, undefined]
  /** Keys among the rows of the fleet. */
  #keys = new Set<string>()
  /** The log that the rows are from. */
  #current: ReadLog | undefined
  /** The sequence of the first message of the last log that held: what comes before it in the stream says nothing any more. */
  #heldFrom = 0
  /** How far the rows were in their log when the server was read from the beginning: they do not go back behind that. */
  #reached: Position | undefined
  incomplete: readonly IncompletePart[] = []
  /** Leases in a row of the start that the rows are from which do not speak of them. */
  unlisted = 0

  constructor(rows: DerivedRows<FleetEntry>, node: string, netns: string) {
    this.#rows = rows
    this.node = node
    this.netns = netns
  }

  get size(): number {
    return this.#keys.size
  }

  /** The keys of the rows, among those of the fleet. */
  keys(): IterableIterator<string> {
    return this.#keys.keys()
  }

  /** The start of the publisher that the rows are from; `undefined` as long as there are none, and once their log has ended. */
  get epoch(): string | undefined {
    return this.#current?.epoch
  }

  /** Whether the stream that was read from its beginning has nothing of it, or less than the rows show. */
  get isLost(): boolean {
    return this.#current === undefined && this.#logs.every((log) => log === undefined || this.#isBehind(log))
  }

  /** Takes what the stream has of it, though it is less. @returns whether it has anything */
  takeLess(): boolean {
    const [newest] = this.#logs.filter((log) => log?.isWhole === true).sort((a, b) => b!.begun - a!.begun)
    if (newest !== undefined) this.#hold(newest)
    return newest !== undefined
  }

  /** Whether a log in a subject is being read: what is missing of the table came behind the last message of it. */
  isReading(slot: Slot): boolean {
    return this.#logs[slot] !== undefined
  }

  /** Whether messages up to a position have been read, or the log has been replaced since. */
  hasRead(epoch: string, generation: number, index: number): boolean {
    return this.#logs.some(
      (log) =>
        log?.epoch === epoch && (log.generation > generation || (log.generation === generation && log.index >= index)),
    )
  }

  /** The server is read from the beginning: what was read of the logs counts no more. The rows stay until a log holds. */
  restart(): void {
    if (this.#current !== undefined) {
      const { epoch, generation, index } = this.#current
      this.#reached = { epoch, generation, index }
    }
    this.#logs.fill(undefined)
    this.#current = undefined
    this.#heldFrom = 0
  }

  /** Whether a message comes before the log that holds, or held last: it was left out, and is read late. */
  isPast(sequence: number): boolean {
    return sequence < this.#heldFrom
  }

  /** A log has ended. Its rows stay until another one holds. */
  end(slot: Slot): void {
    if (this.#logs[slot] === this.#current) this.#current = undefined
    this.#logs[slot] = undefined
  }

  /** Removes all rows. */
  remove(cause: Cause): void {
    for (const key of this.#keys) this.#rows.delete(key, cause)
    this.#keys.clear()
    this.restart()
    this.#reached = undefined
  }

  /** @param sequence that of the message in the stream */
  apply(slot: Slot, sequence: number, { epoch, generation, index }: Position, event: LogEvent): Applied {
    if (index === 0) this.#begin(slot, sequence, epoch, generation)
    const log = this.#logs[slot]
    if (log?.epoch !== epoch || log.generation !== generation || index !== log.index + 1) return 'gap'
    log.index = index
    if (event.event === 'synced') {
      log.isWhole = true
    } else if (event.event === 'resync') {
      if (log === this.#current) this.#rows.resynced([event])
    } else if (log.staged !== undefined) {
      for (const change of event.changes) stage(log.staged, this.#keyOf(change), this.#entryOf(change))
    } else if (log === this.#current) {
      for (const change of event.changes) this.#change(change, event.cause)
    } else return 'foreign'
    if (log.isWhole && !this.#isBehind(log)) this.#hold(log)
    return 'applied'
  }

  #begin(slot: Slot, begun: number, epoch: string, generation: number): void {
    this.end(slot)
    this.#logs[slot] = { begun, epoch, generation, index: -1, isWhole: false, staged: new Map() }
  }

  /** Whether a log is one that the rows are from, read again, and not yet as far as they are. */
  #isBehind({ epoch, generation, index }: ReadLog): boolean {
    const reached = this.#reached
    if (epoch !== reached?.epoch) return false
    return generation < reached.generation || (generation === reached.generation && index < reached.index)
  }

  /** The log holds from now on: the rows become its content. */
  #hold(log: ReadLog): void {
    const { staged } = log
    if (staged === undefined) return
    this.#reached = undefined
    log.staged = undefined
    const cause = this.#keys.size === 0 ? 'dump' : 'resync'
    for (const key of this.#keys) if (!staged.has(key)) this.#rows.delete(key, cause)
    for (const [key, entry] of staged) this.#rows.set(key, entry, cause)
    this.#keys = new Set(staged.keys())
    this.#current = log
    this.#heldFrom = log.begun
    if (cause === 'resync') this.#rows.resynced([{ cause, reason: `snapshot of ${this.node}` }])
  }

  #change(change: Change, cause: Cause): void {
    const key = this.#keyOf(change)
    const entry = this.#entryOf(change)
    if (entry === undefined) {
      this.#keys.delete(key)
      this.#rows.delete(key, cause)
    } else {
      this.#keys.add(key)
      this.#rows.set(key, entry, cause)
    }
  }

  #keyOf({ key }: Change): string {
    return rowKey(this.node, this.netns, key)
  }

  #entryOf(change: Change): FleetEntry | undefined {
    const { node, netns } = this
    if (change.kind === 'removed') return undefined
    // Where it is from comes first, and counts: a node says nothing in the name of another.
    return Object.assign({ node, netns }, change.entry, { node, netns })
  }
}

/** The key of an entry in a table of the fleet. */
export function rowKey(node: string, netns: string, key: string): string {
  return `${node} ${JSON.stringify(netns)} ${key}`
}

function stage(staged: Map<string, FleetEntry>, key: string, entry: FleetEntry | undefined): void {
  if (entry === undefined) staged.delete(key)
  else staged.set(key, entry)
}
