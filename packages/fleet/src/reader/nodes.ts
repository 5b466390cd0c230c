import { DerivedRows, DerivedTable } from '@rtnl/live-table'
import { silentAfter } from '../protocol/lease-times.ts'
import type { Lease, PublishedTable } from '../protocol/messages.ts'

/**
 * What is known of a node.
 * - `live`: its leases arrive, and its tables are as it has them
 * - `stale`: no lease has come for three of its intervals
 * - `gone`: it ended in order, or the server has it no more
 */
export type NodeState = 'live' | 'stale' | 'gone'

/** A node of a fleet, as its lease says. */
export interface FleetNode {
  /** Its name. */
  readonly node: string
  /** Whether its tables are as they are read. */
  readonly state: NodeState
  /** Unique for each start of its publisher. */
  readonly epoch: string
  /** What the publisher says of itself. */
  readonly about: Readonly<Record<string, string>>
  /** What it publishes. */
  readonly tables: readonly {
    /** The namespace; empty for the one in which the publisher runs. */
    readonly netns: string
    /** Name of the table. */
    readonly table: string
  }[]
  /**
   * Milliseconds since its last lease, by this reader's clock; what went by before the reader came, by that of the server. No clock is
   * compared with another one.
   */
  readonly age: number
}

interface KnownNode {
  readonly name: string
  lease: Lease
  epoch: string
  index: number
  /** When the last lease came, by `performance.now`. */
  seen: number
  state: NodeState
  timer: ReturnType<typeof setTimeout> | undefined
  /** Whether the lease was read since the stream is read from its beginning. */
  isInStream: boolean
}

/** The nodes of a fleet, by their leases. Time counts by this reader's clock, from the arrival of a lease. */
export class Nodes {
  readonly table: DerivedTable<FleetNode, Pick<FleetNode, 'node'>>
  readonly #known = new Map<string, KnownNode>()
  readonly #rows: DerivedRows<FleetNode, Omit<FleetNode, 'age'>>

  constructor(state: () => 'live' | 'stale') {
    this.#rows = new DerivedRows<FleetNode, Omit<FleetNode, 'age'>>({
      name: 'node',
      show: (stored) => ({ ...stored, age: this.#age(stored.node) }),
      ref() {},
      unref() {},
    })
    this.table = new DerivedTable(this.#rows, ({ node }) => node, state)
  }

  /** What a node says of a table; `undefined` if it says nothing. */
  published(node: string, netns: string, table: string): PublishedTable | undefined {
    return this.#known.get(node)?.lease.tables.find((each) => each.netns === netns && each.table === table)
  }

  isLive(node: string, epoch: string | undefined): boolean {
    const known = this.#known.get(node)
    return known?.state === 'live' && known.epoch === epoch
  }

  /** The start of its publisher that a node's last lease is from. */
  epoch(node: string): string | undefined {
    return this.#known.get(node)?.epoch
  }

  /** Milliseconds between the leases of a node. */
  interval(node: string): number | undefined {
    return this.#known.get(node)?.lease.interval
  }

  /**
   * Takes a lease.
   * @param age of one that was stored: milliseconds since the server has it. One that is older than another that has arrived says nothing
   */
  take(name: string, epoch: string, index: number, lease: Lease, age = 0): void {
    const seen = performance.now() - age
    const before = this.#known.get(name)
    if (before !== undefined) before.isInStream = true
    if (before?.epoch === epoch && before.index >= index) return
    const known: KnownNode = Object.assign(before ?? { name, state: 'stale' as const, timer: undefined }, {
      ...{ lease, epoch, index, seen, isInStream: true },
    })
    this.#known.set(name, known)
    clearTimeout(known.timer)
    const left = lease.interval * silentAfter - age
    if (!lease.ended && left > 0) known.timer = later(left, () => this.#enter(known, 'stale'))
    this.#enter(known, lease.ended ? 'gone' : left > 0 ? 'live' : 'stale')
  }

  /** The stream is read from its beginning. */
  restarted(): void {
    for (const known of this.#known.values()) known.isInStream = false
  }

  /** Nodes that were not in the stream since it is read from its beginning. */
  get missing(): string[] {
    return [...this.#known.values()].filter(({ isInStream }) => !isInStream).map(({ name }) => name)
  }

  /** The server has a node no more. */
  gone(name: string): void {
    const known = this.#known.get(name)
    if (known === undefined || known.isInStream) return
    clearTimeout(known.timer)
    this.#enter(known, 'gone')
  }

  close(error: Error | undefined): void {
    for (const { timer } of this.#known.values()) clearTimeout(timer)
    this.#rows.end(error)
  }

  #enter(known: KnownNode, state: NodeState): void {
    known.state = state
    const { name, epoch, lease } = known
    const tables = lease.tables.map(({ netns, table }) => ({ netns, table }))
    this.#rows.set(name, { node: name, state, epoch, about: lease.about, tables }, 'notification')
  }

  #age(name: string): number {
    const known = this.#known.get(name)
    return known === undefined ? 0 : performance.now() - known.seen
  }
}

/** A timer that does not keep a process alive. */
export function later(milliseconds: number, call: () => void): ReturnType<typeof setTimeout> {
  const timer: ReturnType<typeof setTimeout> & { unref?: () => unknown } = setTimeout(call, milliseconds)
  timer.unref?.()
  return timer
}
