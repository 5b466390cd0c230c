import { incompleteText } from '@rtnl/live-table'
import type { Connection } from '@rtnl/netlink-core'
import type { Metrics } from './metrics.ts'
import type { WatchedController } from './watched-controller.ts'
import type { WatchedTable } from './watched-table.ts'

/**
 * - `ok`: the tables equal those of the kernel, and what is desired is in the kernel
 * - `degraded`: something is late, incomplete or not written. The library goes on repairing it
 * - `failing`: something has ended that the program has to open again
 */
export type HealthStatus = 'ok' | 'degraded' | 'failing'

/** Why a program is not well. */
export interface HealthReason {
  /** How bad it is. */
  readonly status: Exclude<HealthStatus, 'ok'>
  /**
   * - `empty`: nothing is watched yet
   * - `closed`: a connection is closed, or an error has ended a table or controller
   * - `resyncing`: a part of a table is being reread
   * - `incomplete`: the kernel's dumps do not show all of a table
   * - `lagging`: what the kernel has queued does not arrive in time
   * - `failed`: the kernel does not hold desired entries
   * - `conflicting`: entries of somebody else are in the place of desired ones
   */
  readonly code: 'empty' | 'closed' | 'resyncing' | 'incomplete' | 'lagging' | 'failed' | 'conflicting'
  /** For people: `table route in netns blue is being reread`. */
  readonly text: string
}

/** Health with its reasons, of which there are none if the status is `ok`: a plain object. */
export interface Health {
  /** The worst one of the reasons. */
  readonly status: HealthStatus
  /** In the order tables, controllers, connections, lags. */
  readonly reasons: readonly HealthReason[]
}

/** What counts as healthy. */
export interface HealthOptions {
  /** Seconds of lag above which the status is `degraded`: more than 0. The call takes as long at most. Default: 1. */
  readonly maxLag?: number | undefined
}

/**
 * Says how what is watched is now.
 * @throws {RangeError} `maxLag` is not above 0, or too large for a timer
 */
export async function health(metrics: Metrics, { maxLag = 1 }: HealthOptions = {}): Promise<Health> {
  if (typeof maxLag !== 'number' || !(maxLag > 0 && maxLag <= longestWait)) {
    throw new RangeError(`maxLag must be a number of seconds above 0, at most ${longestWait}, got ${String(maxLag)}`)
  }
  const lags = await metrics.lags(maxLag * 1000)
  const connections = [...metrics.connections]
  const reasons = [
    ...[...metrics.tables].flatMap(ofTable),
    ...[...metrics.controllers].flatMap(ofController),
    ...[...metrics.ownConnections].flatMap(ofConnection),
    ...lags.flatMap(({ netns, seconds }) =>
      seconds < maxLag ? [] : degraded('lagging', `notifications in ${netns} wait for ${seconds.toFixed(1)} s or more`),
    ),
    ...(connections.length > 0 ? [] : [degraded('empty', 'no table, controller or connection is watched')]),
  ]
  const worst = reasons.find(({ status }) => status === 'failing') ?? reasons[0]
  return { status: worst?.status ?? 'ok', reasons }
}

/** Seconds: what a timer can wait for. */
const longestWait = 2_147_483

function ofTable({ table, labels, error }: WatchedTable): HealthReason[] {
  const name = `table ${labels.table} in ${labels.netns}`
  if (error !== undefined) return [closed(`${name} is closed: ${error.message}`)]
  const reasons: HealthReason[] = []
  if (table.state !== 'live') reasons.push(degraded('resyncing', `${name} is being reread`))
  const { incomplete } = table
  if (incomplete.length > 0)
    reasons.push(degraded('incomplete', `${name} is incomplete: ${incompleteText(incomplete)}`))
  return reasons
}

function ofController({ controller, labels, error }: WatchedController): HealthReason[] {
  const name = `controller ${labels.controller} in ${labels.netns}`
  if (error !== undefined) return [closed(`${name} has ended: ${error.message}`)]
  const reasons: HealthReason[] = []
  const { failed, waiting, conflicts } = controller
  const cause = waiting[0] === undefined ? '' : `: ${waiting[0].cause}`
  if (failed.length > 0) reasons.push(degraded('failed', `${name}: ${entries(failed.length)} not as desired${cause}`))
  const others = conflicts.filter(({ givesWay }) => givesWay !== true).length
  if (others > 0) {
    reasons.push(degraded('conflicting', `${name}: ${entries(others)} in conflict with those of somebody else`))
  }
  return reasons
}

function ofConnection(connection: Connection): HealthReason[] {
  return connection.closed ? [closed(`the connection to ${connection.name} is closed`)] : []
}

function closed(text: string): HealthReason {
  return { status: 'failing', code: 'closed', text }
}

function degraded(code: HealthReason['code'], text: string): HealthReason {
  return { status: 'degraded', code, text }
}

function entries(count: number): string {
  return count === 1 ? '1 entry is' : `${count} entries are`
}
