/**
 * The entries that refer to something, by its id: groups by member, nexthops by interface. It holds ids only, so that nothing
 * points to a deleted entry.
 */
export class ReverseIndex {
  /** A set only where there are several: most have one user, and a set for each would take more memory than the table. */
  readonly #users = new Map<number, number | Set<number>>()

  /** Notes that `user` uses `used`. */
  add(used: number, user: number): void {
    const users = this.#users.get(used)
    if (users === undefined) this.#users.set(used, user)
    else if (typeof users !== 'number') users.add(user)
    else if (users !== user) this.#users.set(used, new Set([users, user]))
  }

  /** Forgets that `user` uses `used`. */
  delete(used: number, user: number): void {
    const users = this.#users.get(used)
    if (users === user) this.#users.delete(used)
    else if (typeof users === 'object' && users.delete(user) && users.size === 0) this.#users.delete(used)
  }

  /** Whether somebody uses it. */
  has(used: number): boolean {
    return this.#users.has(used)
  }

  /** In no order. */
  users(used: number): Iterable<number> {
    const users = this.#users.get(used) ?? []
    return typeof users === 'number' ? [users] : users
  }

  /** Forgets all. */
  clear(): void {
    this.#users.clear()
  }
}
