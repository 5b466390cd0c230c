import type { HealthStatus } from '@rtnl/metrics'
import type { SetStatus } from './desired/set-status.ts'

/** What an agent does now: a plain object. */
export interface AgentStatus {
  /** As `health` of `@rtnl/metrics`; also `degraded` where a file, a set or a namespace is not as it should be. */
  readonly status: HealthStatus
  readonly reasons: readonly string[]
  readonly namespaces: readonly {
    readonly netns?: string | undefined
    readonly tables: Readonly<Record<string, number>>
  }[]
  readonly sets: readonly SetStatus[]
}
