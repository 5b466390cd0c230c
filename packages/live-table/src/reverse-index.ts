/**
 * The entries that refer to something, by its id: groups by member, nexthops by interface. It holds ids only, so that nothing
 * points to a deleted entry.
 */
export class ReverseIndex {
  readonly #users = new Map<number, Set<number>>()

  add(used: number, user: number): void {
    const users = this.#users.get(used)
    if (users === undefined) this.#users.set(used, new Set([user]))
    else users.add(user)
  }

  delete(used: number, user: number): void {
    const users = this.#users.get(used)
    if (users?.delete(user) && users.size === 0) this.#users.delete(used)
  }

  has(used: number): boolean {
    return this.#users.has(used)
  }

  /** In no order. */
  users(used: number): Iterable<number> {
    return this.#users.get(used) ?? []
  }

  clear(): void {
    this.#users.clear()
  }
}
