import type { Connection, ConnectionCounters, TransportStats } from '@rtnl/netlink-core'
import { netnsLabel } from './netns-label.ts'
import type { RefusalCounts } from './refusal-counts.ts'
import type { Samples } from './samples.ts'

type Totals = Record<keyof ConnectionCounters | keyof TransportStats, number>

/**
 * Adds up the counters of the connections of each network namespace. What a connection counted that is watched no more stays in
 * the sums, since a counter does not fall, until no connection of the namespace is left.
 */
export class ConnectionTotals {
  #connections: ReadonlySet<Connection> = new Set()
  /** By namespace, of connections that are watched no more. */
  readonly #retired = new Map<string, Totals>()

  /** @param connections those that are watched now */
  report(connections: ReadonlySet<Connection>, refusals: RefusalCounts, samples: Samples): void {
    this.#retire(connections)
    const all = new Map<string, Totals>()
    for (const connection of connections) {
      const netns = netnsLabel(connection)
      all.set(netns, sum(all.get(netns) ?? this.#retired.get(netns), totalsOf(connection)))
    }
    for (const [netns, totals] of all) {
      const labels = { netns }
      samples.add('requests', labels, totals.requests)
      for (const [code, count] of refusals.of(netns)) samples.add('refusals', { code, netns }, count)
      samples.add('sentBytes', labels, totals.sentBytes)
      samples.add('receivedMessages', labels, totals.receivedMessages)
      samples.add('receivedBytes', labels, totals.receivedBytes)
      samples.add('dumpRestarts', labels, totals.restarts)
      samples.add('losses', { reason: 'overrun', netns }, totals.overruns)
      samples.add('losses', { reason: 'truncated', netns }, totals.truncated)
      samples.add('kernelDrops', labels, totals.drops)
      samples.add('foreign', labels, totals.foreign)
      samples.add('malformed', labels, totals.malformed)
      samples.add('strays', labels, totals.strays)
      samples.add('pendingBytes', labels, totals.pending)
      samples.add('receiveBuffer', labels, totals.receiveBuffer)
    }
  }

  #retire(connections: ReadonlySet<Connection>): void {
    for (const connection of this.#connections) {
      if (connections.has(connection)) continue
      const netns = netnsLabel(connection)
      this.#retired.set(netns, sum(this.#retired.get(netns), { ...totalsOf(connection), pending: 0, receiveBuffer: 0 }))
    }
    const used = new Set([...connections].map(netnsLabel))
    for (const netns of this.#retired.keys()) if (!used.has(netns)) this.#retired.delete(netns)
    this.#connections = new Set(connections)
  }
}

/** Of the times that messages were lost the sockets know the reason. */
function totalsOf(connection: Connection): Totals {
  return { ...connection.counters, ...connection.stats() }
}

function sum(a: Totals | undefined, b: Totals): Totals {
  if (a === undefined) return b
  const total = { ...a }
  for (const name of Object.keys(total) as (keyof Totals)[]) total[name] += b[name]
  return total
}
