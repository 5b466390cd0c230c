import type { HealthStatus } from '@rtnl/metrics'
import type { SetStatus } from './desired/set-status.ts'
import type { FleetStatus } from './fleet/fleet-publishing.ts'

/** What an agent does now: a plain object. */
export interface AgentStatus {
  /** As `health` of `@rtnl/metrics`; also `degraded` where a file, a set or a namespace is not as it should be. */
  readonly status: HealthStatus
  /** Sentences for people: none where all is well. */
  readonly reasons: readonly string[]
  /** The namespaces that it follows. */
  readonly namespaces: readonly {
    /** Its name; `undefined`: the one of the process. */
    readonly netns?: string | undefined
    /** Entries in each table, by its name. */
    readonly tables: Readonly<Record<string, number>>
  }[]
  /** Each set of desired entries, in each namespace that it is kept in. */
  readonly sets: readonly SetStatus[]
  /** How its tables get to the fleet; `undefined` if they shall not. */
  readonly fleet?: FleetStatus | undefined
}
