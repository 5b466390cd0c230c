import type { Cause, Change, ChangeBatch } from '@rtnl/live-table'
import { deferred } from '@rtnl/netlink-core/internal'
import type { ChangedRow, ChangesMessage } from '../api.ts'
import type { ViewTable } from '../source.ts'
import { shownRow, wordsOf } from './shown-row.ts'

/** The most rows whose changes wait for a client. Of more, those that changed longest ago are only counted. */
export const mostPending = 500
/** Milliseconds between two messages: a client cannot show more. */
const pause = 50
/** Milliseconds after which a client hears something, so that a connection is not taken for dead. */
const beat = 15_000

interface Pending {
  readonly table: ViewTable
  kind: Change<unknown>['kind']
  cause: Cause
  at: number
  key: string
  entry: unknown
  /** What the row was before the first of the changes. */
  readonly old: unknown
  times: number
}

/**
 * What has changed since a client was told last. All changes of a row are one, and of too many rows only the last are held,
 * so that a client that does not read costs no more than one that does.
 */
export class ClientChanges {
  readonly #tables: ReadonlyMap<string, ViewTable>
  readonly #followed: string | undefined
  readonly #pending = new Map<string, Pending>()
  readonly #counts = new Map<string, number>()
  #left = 0
  #hasEnded = false
  #wake: (() => void) | undefined
  #toldAt = 0

  /** @param followed the table whose rows it wants; `undefined`: those of all. Of the others it gets numbers */
  constructor(tables: readonly ViewTable[], followed: string | undefined) {
    this.#tables = new Map(tables.map((table) => [table.module.name, table]))
    this.#followed = followed
  }

  /** How many rows are held. */
  get pending(): number {
    return this.#pending.size
  }

  add(batch: ChangeBatch<unknown>): void {
    const { table: name } = batch
    const table = this.#tables.get(name)
    if (table === undefined) return
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + batch.changes.length)
    if (batch.event === 'change' && (this.#followed === undefined || this.#followed === name)) {
      const at = Date.now()
      for (const change of batch.changes) this.#addRow(table, batch.cause, change, at)
    }
    this.#wake?.()
  }

  /** No more changes follow. */
  end(): void {
    this.#hasEnded = true
    this.#wake?.()
  }

  /** Resolves when there is something to tell, or nothing has been told for long; with nothing at the end. */
  async next(): Promise<ChangesMessage | undefined> {
    const wait = this.#toldAt + pause - Date.now()
    if (wait > 0) await this.#sleep(wait, false)
    if (this.#counts.size === 0 && !this.#hasEnded) await this.#sleep(beat, true)
    this.#toldAt = Date.now()
    return this.#hasEnded ? undefined : this.#take()
  }

  #take(): ChangesMessage {
    const message: ChangesMessage = {
      tables: Object.fromEntries([...this.#counts].map(([name, changes]) => [name, changes])),
      rows: [...this.#pending.values()].map(changedRow),
      left: this.#left,
    }
    this.#counts.clear()
    this.#pending.clear()
    this.#left = 0
    return message
  }

  #addRow(table: ViewTable, cause: Cause, change: Change<unknown>, at: number): void {
    const { kind, key, entry } = change
    const name = `${table.module.name} ${key}`
    const before = this.#pending.get(name)
    // The last one that changed is the last in the map.
    this.#pending.delete(name)
    const old = before === undefined ? (change.kind === 'changed' ? change.old : undefined) : before.old
    this.#pending.set(name, { table, kind, cause, at, key, entry, old, times: (before?.times ?? 0) + 1 })
    if (this.#pending.size <= mostPending) return
    const [oldest = '', { times } = { times: 0 }] = this.#pending.entries().next().value ?? []
    this.#pending.delete(oldest)
    this.#left += times
  }

  async #sleep(milliseconds: number, isWoken: boolean): Promise<void> {
    const { promise, resolve } = deferred()
    const timer = setTimeout(resolve, milliseconds)
    if (isWoken) this.#wake = resolve
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }
}

function changedRow({ table, kind, cause, at, key, entry, old, times }: Pending): ChangedRow {
  const was = kind === 'changed' && old !== undefined ? wordsOf(table, old) : undefined
  return { ...shownRow(table, key, entry), table: table.module.name, kind, cause, at, times, ...(was && { was }) }
}
