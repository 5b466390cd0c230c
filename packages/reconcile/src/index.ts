export type { Conflict } from './conflict.ts'
export { Controller } from './controller.ts'
export type { ControllerOptions } from './controller-options.ts'
export { type DesiredEntry, type NormalizeContext, noInterfaces, unresolvedInterface } from './desired-entry.ts'
export { ContestedError, UndoneError, UnmetError, WaitingError } from './errors.ts'
export * from './fields/index.ts'
export { type KeepOptions, keep } from './keep.ts'
export { LeaseHeldError } from './leases.ts'
export { type Failure, type Operation, Outcome } from './outcome.ts'
export { type OpenOptions, openReconciliation, type ReconcileOptions, Reconciliation, reconcile } from './reconcile.ts'
export {
  type CarriedEntry,
  type Condition,
  carriedBy,
  type Divisible,
  type EntryRules,
  type ReconcileRules,
  type Strategy,
} from './rules.ts'
export type { CycleOptions } from './sender.ts'
export type { Cause } from './waiting/causes.ts'
export {
  type ConditionDependency,
  type Dependency,
  type FollowedConditions,
  type FollowedDependency,
  type FollowedInterfaces,
  type InterfaceDependency,
  kindOf,
  type Need,
  nameOf,
} from './waiting/dependency.ts'
export type { FailedEntry } from './waiting/refusals.ts'
