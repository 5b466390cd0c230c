import { DerivedRows, DerivedTable } from '@rtnl/live-table'
import { silentAfter } from '../protocol/lease-times.ts'
import type { Lease, PublishedTable } from '../protocol/messages.ts'

/**
 * What is known of a node.
 * - `live`: its leases arrive, and its tables are as it has them
 * - `stale`: no lease has come for three of its intervals, or none since this reader opened
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
   * Milliseconds since its last lease, by this reader's clock. Until one has arrived: by the time that the server noted, which
   * differs by what the clocks differ.
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
   * @param isStored whether it may be old: then it says nothing of the present
   * @param age milliseconds since the server stored it
   */
  take(name: string, epoch: string, index: number, lease: Lease, isStored: boolean, age: number): void {
    const before = this.#known.get(name)
    const isKnown = before?.epoch === epoch && before.index >= index
    const known: KnownNode = before ?? {
      ...{ name, lease, epoch, index, timer: undefined, isInStream: true },
      ...{ seen: performance.now() - Math.max(age, 0), state: 'stale' },
    }
    this.#known.set(name, known)
    known.isInStream = true
    if (isKnown && before !== undefined) return
    Object.assign(known, { lease, epoch, index })
    if (lease.ended) this.#enter(known, 'gone')
    else if (!isStored) this.#enter(known, 'live')
    // A new start whose lease was stored: nobody knows yet whether it lives.
    else this.#enter(known, known.state === 'live' ? 'live' : 'stale')
    if (!isStored) {
      known.seen = performance.now()
      clearTimeout(known.timer)
      if (!lease.ended) known.timer = later(lease.interval * silentAfter, () => this.#enter(known, 'stale'))
    }
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
