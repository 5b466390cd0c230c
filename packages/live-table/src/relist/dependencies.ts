import { type Dependency, lacksMessages, messageLosses } from './triggers.ts'

/** The tables that the triggers of a table depend on, as far as messages about them were lost. */
export class Dependencies {
  readonly #tables: readonly Dependency[]

  /** @param tables more may come */
  constructor(tables: readonly Dependency[]) {
    this.#tables = tables
  }

  /**
   * Where messages were lost, another table may not know what became of an entry before this table is relisted. If the entry
   * then becomes again what that table still holds, its trigger sees no change. So this table is relisted after the others.
   */
  async untilReliable(signal: AbortSignal): Promise<void> {
    for (const table of this.#tables) {
      if (table[lacksMessages]) await table.waitForSync({ signal })
    }
  }

  /**
   * Returns a function that tells whether triggers have seen each event since the call. What another table lost while this one
   * is relisted may have announced a silent change in the middle of the dump.
   */
  watch(): () => boolean {
    const isReliable = !this.#tables.some((table) => table[lacksMessages])
    const losses = this.#losses
    return () => isReliable && losses === this.#losses
  }

  get #losses(): number {
    return this.#tables.reduce((sum, table) => sum + table[messageLosses], 0)
  }
}
