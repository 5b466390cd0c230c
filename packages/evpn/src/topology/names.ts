import type { Link } from '@rtnl/link'

/** Interface indexes by name and other names. */
export class Names {
  readonly #indexes = new Map<string, number>()

  /** @returns the names that mean another interface now, or none */
  change(old: Link | undefined, next: Link | undefined): string[] {
    const before = namesOf(old)
    const after = namesOf(next)
    const changed: string[] = []
    for (const name of before) {
      // Another link may have taken the name before the message that this one lost it.
      if (after.includes(name) || this.#indexes.get(name) !== old?.ifindex) continue
      this.#indexes.delete(name)
      changed.push(name)
    }
    for (const name of after) {
      if (next === undefined || this.#indexes.get(name) === next.ifindex) continue
      this.#indexes.set(name, next.ifindex)
      changed.push(name)
    }
    return changed
  }

  ifindex(name: string): number | undefined {
    return this.#indexes.get(name)
  }
}

/** The name of a link and its other names. */
export function namesOf(link: Link | undefined): readonly string[] {
  if (link === undefined) return []
  return [...(link.ifname === undefined ? [] : [link.ifname]), ...(link.altnames ?? [])]
}
