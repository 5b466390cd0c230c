import { NodeNameTakenError } from '../errors.ts'
import { leaseSubject } from '../names.ts'
import type { LastMessage, Server } from '../nats/server.ts'
import { pauseUntil } from '../nats/waits.ts'
import { silentAfter } from '../protocol/lease-times.ts'
import { decodeMessage, encodeLease, type Lease, type PublishedTable } from '../protocol/messages.ts'
import { Appender, type ProblemListener } from './appender.ts'

/** A lease that stands at the server, of another publisher. */
export interface OtherLease {
  /** Unique for each start of a publisher. */
  readonly epoch: string
  /** What the publisher says of itself. */
  readonly about: Readonly<Record<string, string>>
}

export interface LeaseOptions {
  readonly node: string
  readonly epoch: string
  /** Milliseconds. */
  readonly interval: number
  readonly about: Readonly<Record<string, string>>
  /** Whether the holder of a lease is known to be dead, so that nobody need wait for its next one. */
  readonly isDead: (lease: OtherLease) => boolean
  readonly problem: ProblemListener
}

/**
 * Leases of a node that the stream holds at most. While one takes the place of the others, servers of version 2.9 let readers that
 * are behind go on from there, past all other messages, which they have to read once more.
 */
const keptLeases = 16

/** The lease of a node's name: who writes it last holds the name. */
export class HeldLease {
  readonly #server: Server
  readonly #options: LeaseOptions
  readonly #log: Appender
  #count = 0
  /** The tables that the last lease speaks of. */
  #listed: string | undefined

  private constructor(server: Server, options: LeaseOptions) {
    this.#server = server
    this.#options = options
    this.#log = new Appender(server, leaseSubject(server.fleet, options.node), options.problem)
  }

  /**
   * Takes the name. If another publisher holds it, waits for its next lease as long as three of its intervals.
   * @throws {NodeNameTakenError} the lease was renewed @throws the reason of the signal
   */
  static async take(server: Server, options: LeaseOptions, signal: AbortSignal): Promise<HeldLease> {
    const lease = new HeldLease(server, options)
    let isWaitedFor = false
    while (true) {
      const other = await lease.#log.catchUp(signal)
      const read = readLease(other)
      const isDead = read === undefined || read.ended || options.isDead({ epoch: epochOf(other), about: read.about })
      if (!isDead && isWaitedFor) throw lease.#taken(read)
      if (!isDead) await lease.#waitForSilence(other, read, signal)
      isWaitedFor = true
      if (await lease.#write([], false, signal)) return lease
    }
  }

  /**
   * Says that the node is alive.
   * @returns whether the server had what we wrote before @throws {NodeNameTakenError} another publisher has taken the name
   */
  async renew(tables: readonly PublishedTable[], ended: boolean, signal: AbortSignal): Promise<boolean> {
    if (await this.#write(tables, ended, signal)) return true
    const last = await this.#log.catchUp(signal)
    const other = readLease(last)
    if (other !== undefined && epochOf(last) !== this.#options.epoch) throw this.#taken(other)
    return false
  }

  /** @returns whether it is the last message; a full server is said by the problem, and is no loss */
  async #write(tables: readonly PublishedTable[], ended: boolean, signal: AbortSignal): Promise<boolean> {
    const { interval, about, epoch } = this.#options
    const position = { epoch, generation: 0, index: ++this.#count }
    const packet = encodeLease(position, { interval, about, ended, tables })
    const listed = JSON.stringify(tables.map(({ netns, table }) => [netns, table]))
    // What is stored speaks of no table that is published no more.
    const rollup = ended || listed !== this.#listed || this.#count % keptLeases === 1
    this.#listed = listed
    return (await this.#log.append(packet, position, rollup, signal)) !== 'lost'
  }

  /** @throws {NodeNameTakenError} another lease came */
  async #waitForSilence(last: LastMessage | undefined, lease: Lease, signal: AbortSignal): Promise<void> {
    const end = performance.now() + lease.interval * silentAfter
    while (performance.now() < end) {
      await pauseUntil(Math.min(lease.interval / 4, end - performance.now()), signal)
      const now = await this.#log.catchUp(signal)
      if (now?.sequence === last?.sequence) continue
      const renewed = readLease(now)
      if (renewed?.ended === true) return
      throw this.#taken(renewed ?? lease)
    }
  }

  #taken({ about }: Lease): NodeNameTakenError {
    return new NodeNameTakenError(this.#server.fleet, this.#options.node, about)
  }
}

function readLease(message: LastMessage | undefined): Lease | undefined {
  if (message === undefined) return undefined
  const read = decodeMessage(message.header, message.payload)
  return typeof read === 'object' && read.kind === 'lease' ? read.lease : undefined
}

function epochOf(message: LastMessage | undefined): string {
  return message?.head?.position.epoch ?? ''
}
