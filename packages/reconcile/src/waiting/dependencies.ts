import type { Notifier } from '@rtnl/notifier'
import { unresolvedInterface } from '../desired-entry.ts'
import type { Namespace } from '../namespace.ts'
import type { EntryRules } from '../rules.ts'
import {
  type Dependency,
  type FollowedConditions,
  type FollowedDependency,
  type FollowedInterfaces,
  kindOf,
  type Need,
} from './dependency.ts'

/** The dependencies of a table, followed in one namespace; a need is answered by the one that knows its kind. */
export class Dependencies {
  readonly #byKind = new Map<string, FollowedDependency>()
  readonly #followed: FollowedDependency[] = []
  #changed: (need: Need) => void = () => {}
  #failed: (error: Error) => void = () => {}
  /** What the check of desired entries has to know. */
  readonly namespace: Namespace = {
    ifindex: (name) => this.#ifindex(name) ?? unresolvedInterface,
    isMet: (need) => this.isMet(need),
    unmet: () => this.unmet(),
  }

  /** Rejects where one cannot be followed; none is followed then. */
  static async follow(
    list: readonly Dependency[],
    notifier: Notifier,
    signal?: AbortSignal | undefined,
  ): Promise<Dependencies> {
    const dependencies = new Dependencies()
    try {
      for (const dependency of list) {
        const followed = await dependency.follow(
          notifier,
          (need) => dependencies.#changed(need),
          signal,
          (error) => dependencies.#failed(error),
        )
        dependencies.#followed.push(followed)
        for (const kind of dependency.kinds) dependencies.#byKind.set(kind, followed)
      }
    } catch (error) {
      dependencies.close()
      throw error
    }
    return dependencies
  }

  /**
   * @param changed called with each need whose state may have changed
   * @param failed called if changes of some needs cannot be followed
   */
  observe(changed: (need: Need) => void, failed: (error: Error) => void): void {
    this.#changed = changed
    this.#failed = failed
  }

  /** Whether a need is met; `undefined` if only an attempt to write the entry shows it. */
  isMet(need: Need): boolean | undefined {
    return this.#byKind.get(kindOf(need))?.isMet(need)
  }

  /** Of the needs that are met but for a few, those few. */
  *unmet(): Generator<Need, void, undefined> {
    for (const followed of this.#followed) if (isOfConditions(followed)) yield* followed.unmet()
  }

  describe(need: Need): string {
    return this.#byKind.get(kindOf(need))?.describe(need) ?? need
  }

  /** Resolves once it is known what has happened in the kernel before. */
  async fresh(): Promise<void> {
    for (const followed of this.#followed) await followed.fresh?.()
  }

  watch(need: Need): void {
    this.#byKind.get(kindOf(need))?.watch?.(need)
  }

  unwatch(need: Need): void {
    this.#byKind.get(kindOf(need))?.unwatch?.(need)
  }

  #ifindex(name: string): number | undefined {
    for (const followed of this.#followed) if (isOfInterfaces(followed)) return followed.ifindex(name)
    return undefined
  }

  close(): void {
    for (const followed of this.#followed.splice(0)) followed.close()
  }
}

/** All that rules name. */
export function dependenciesOf<Entry>({
  interfaces,
  condition,
  dependencies = [],
}: Optional<Pick<EntryRules<Entry>, 'interfaces' | 'condition' | 'dependencies'>>): Dependency[] {
  return [
    ...(interfaces === undefined ? [] : [interfaces]),
    ...(condition === undefined ? [] : [condition.dependency]),
    ...dependencies,
  ]
}

type Optional<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined }

function isOfConditions(followed: FollowedDependency): followed is FollowedConditions {
  return 'unmet' in followed
}

function isOfInterfaces(followed: FollowedDependency): followed is FollowedInterfaces {
  return 'ifindex' in followed
}
