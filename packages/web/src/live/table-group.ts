import { type Change, changesOf } from '@rtnl/live-table'
import { surface } from '@rtnl/netlink-core'
import { noStats } from '@rtnl/netlink-core/internal'
import { type ActivityTable, TableActivity } from '@rtnl/tables'
import { RowViews } from '../rows/row-views.ts'
import type { ViewSpace, ViewTable } from '../source.ts'
import type { ClientChanges } from './client-changes.ts'

/** Tables of one space that are followed: what they do is counted once for all who look. */
export class TableGroup {
  readonly tables: readonly ViewTable[]
  readonly activity: TableActivity
  readonly views = new RowViews()
  /** Resolves when it follows the tables no more: it is closed, or they are. */
  readonly ended: Promise<void>
  readonly #clients = new Set<ClientChanges>()
  readonly #stop = new AbortController()

  constructor(tables: readonly ViewTable[], stats: ViewSpace['stats'] = () => noStats) {
    this.tables = tables
    const counted: ActivityTable[] = tables.map(({ module, table }) => ({ module, table }))
    this.activity = new TableActivity(counted, stats)
    this.ended = this.#follow().catch((error) => {
      if (!this.#stop.signal.aborted) surface(error)
    })
  }

  /** Whether somebody is told of changes. */
  get isFollowed(): boolean {
    return this.#clients.size > 0
  }

  find(name: string): ViewTable | undefined {
    return this.tables.find(({ module }) => module.name === name)
  }

  /** Tells a client of all changes from now on; at once that it has ended if the group is closed. @returns a function that ends it */
  tell(client: ClientChanges): () => void {
    if (this.#stop.signal.aborted) client.end()
    else this.#clients.add(client)
    return () => void this.#clients.delete(client)
  }

  /** Idempotent. */
  close(): void {
    this.#stop.abort()
    this.views.close()
    for (const client of this.#clients) client.end()
    this.#clients.clear()
  }

  async #follow(): Promise<void> {
    const tables = this.tables.map(({ table }) => table)
    try {
      for await (const batch of changesOf(tables, { initial: false, signal: this.#stop.signal })) {
        this.activity.count(batch)
        // Rows were found, and are in order, by the names that interfaces had.
        if (batch.table === 'link' && batch.changes.some(isRenaming)) this.views.forget()
        for (const client of this.#clients) client.add(batch)
      }
    } finally {
      this.close()
    }
  }
}

function isRenaming(change: Change<unknown>): boolean {
  const nameOf = (link: unknown): unknown => (link as { readonly ifname?: string }).ifname
  return change.kind === 'changed' && nameOf(change.old) !== nameOf(change.entry)
}
