import type { Notifier } from '@rtnl/notifier'

/**
 * Something outside of a table without which the kernel refuses an entry, as a kind and a name: `up 5`, `ifname v0`,
 * `nexthop 12`, `gateway 192.0.2.1`.
 */
export type Need = string

/** The kind of a need: `nexthop` of `nexthop 12`. */
export function kindOf(need: Need): string {
  const end = need.indexOf(' ')
  return end < 0 ? need : need.slice(0, end)
}

/** The name in a need: `12` of `nexthop 12`. */
export function nameOf(need: Need): string {
  return need.slice(kindOf(need).length + 1)
}

/** One kind of things that entries of a table need. The package that knows these things implements it. */
export interface Dependency {
  /** Kinds of the needs that it answers for. */
  readonly kinds: readonly string[]
  /**
   * Starts to follow these things in a namespace.
   * @param changed called with each need whose state may have changed
   * @param failed called if changes cannot be followed any more, so that entries are retried by time alone
   */
  follow(
    notifier: Notifier,
    changed: (need: Need) => void,
    signal?: AbortSignal,
    failed?: (error: Error) => void,
  ): Promise<FollowedDependency>
}

/** Needs of entries, followed. */
export interface FollowedDependency {
  /** Whether the thing exists and is usable; `undefined` if only an attempt to write an entry shows it. */
  isMet(need: Need): boolean | undefined
  /** Describes the thing to people, with what is wrong with it: `link v0, which is down`. */
  describe(need: Need): string
  /** Resolves once `isMet` reflects everything that happened in the kernel before the call. Left out if it always does. */
  fresh?(): Promise<void>
  /** Somebody waits for the thing. A dependency that follows everything anyway leaves this out. */
  watch?(need: Need): void
  /** Nobody waits for it any more. */
  unwatch?(need: Need): void
  /** Idempotent. */
  close(): void
}

/** Needs that are met but for a few, which are known. */
export interface ConditionDependency extends Dependency {
  follow(
    notifier: Notifier,
    changed: (need: Need) => void,
    signal?: AbortSignal,
    failed?: (error: Error) => void,
  ): Promise<FollowedConditions>
}

/** Conditions of entries, followed. */
export interface FollowedConditions extends FollowedDependency {
  /** Of all needs those that are not met. */
  unmet(): Iterable<Need>
}

/** Interfaces by their names, beside whether they are usable. */
export interface InterfaceDependency extends Dependency {
  follow(notifier: Notifier, changed: (need: Need) => void, signal?: AbortSignal): Promise<FollowedInterfaces>
}

/** Interfaces, followed. */
export interface FollowedInterfaces extends FollowedDependency {
  /** Index of the interface that has a name, or an alternative name, now. */
  ifindex(name: string): number | undefined
}

/** The need for an interface by its name. */
export function needOfName(name: string): Need {
  return `ifname ${name}`
}
