import { evpnTables } from '../evpn/evpn-tables.ts'
import type { EvpnTables, ViewSpace } from '../source.ts'
import { TableGroup } from './table-group.ts'

/** What is derived of EVPN in a space. */
export interface LiveEvpn {
  readonly tables: EvpnTables
  readonly group: TableGroup
}

/** A space that somebody looks at. */
export class LiveSpace {
  readonly space: ViewSpace
  readonly group: TableGroup
  #evpn: Promise<LiveEvpn> | undefined
  #isClosed = false

  constructor(space: ViewSpace) {
    this.space = space
    this.group = new TableGroup(space.tables, space.stats && (() => space.stats!()))
  }

  /** Opens EVPN at the first call, and again after an error. @returns `undefined` where the space has none */
  async evpn(): Promise<LiveEvpn | undefined> {
    const { openEvpn } = this.space
    if (openEvpn === undefined) return undefined
    this.#evpn ??= this.#openEvpn(openEvpn).catch((error) => {
      this.#evpn = undefined
      throw error
    })
    return await this.#evpn
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    this.group.close()
    this.#evpn?.then(({ group }) => group.close()).catch(() => {})
  }

  async #openEvpn(open: NonNullable<ViewSpace['openEvpn']>): Promise<LiveEvpn> {
    const tables = await open.call(this.space)
    const group = new TableGroup(evpnTables(tables, this.space))
    group.ended.then(() => {
      tables.close()
      this.#evpn = undefined
    })
    if (this.#isClosed) group.close()
    return { tables, group }
  }
}
