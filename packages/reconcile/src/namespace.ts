import type { NormalizeContext } from './desired-entry.ts'
import type { Need } from './waiting/dependency.ts'

/** What the check of desired entries has to know. */
export interface Namespace extends NormalizeContext {
  isMet?(need: Need): boolean | undefined
  /** Conditions that do not hold. */
  unmet?(): Iterable<Need>
}
