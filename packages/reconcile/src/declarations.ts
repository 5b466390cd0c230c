/**
 * What the package of a table needs to declare its rules. The main entry has the same, and the engine, which a program
 * that only reads tables does not load.
 */
export { type DesiredEntry, type NormalizeContext, noInterfaces, unresolvedInterface } from './desired-entry.ts'
export * from './fields/index.ts'
export {
  type CarriedEntry,
  type Condition,
  carriedBy,
  type Divisible,
  type EntryRules,
  type ReconcileRules,
  type Strategy,
} from './rules.ts'
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
