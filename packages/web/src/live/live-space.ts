import type { EvpnCollections } from '@rtnl/evpn'
import { evpnTables } from '../evpn/evpn-tables.ts'
import type { ViewEvpn, ViewSpace } from '../source.ts'
import { TableGroup } from './table-group.ts'

/** Milliseconds after which collections are closed that nobody asks for, and that nobody follows. */
const idle = 60_000

/** What is derived of EVPN in a namespace, and followed. */
export interface LiveEvpn {
  readonly view: ViewEvpn
  readonly collections: EvpnCollections
  readonly group: TableGroup
}

interface Opening {
  readonly live: Promise<LiveEvpn>
  /** There once it is open. */
  group: TableGroup | undefined
  usedAt: number
}

/** A space that somebody looks at. */
export class LiveSpace {
  readonly space: ViewSpace
  readonly group: TableGroup
  readonly #evpn = new Map<ViewEvpn, Opening>()
  readonly #timer: NodeJS.Timeout
  #isClosed = false

  constructor(space: ViewSpace) {
    this.space = space
    this.group = new TableGroup(space.tables, space.stats && (() => space.stats!()))
    this.#timer = setInterval(() => this.#forget(), idle / 4).unref()
  }

  /** Opens the collections of a namespace at the first call, and again after an error. */
  async evpn(view: ViewEvpn): Promise<LiveEvpn> {
    const opening = this.#evpn.get(view) ?? this.#open(view)
    opening.usedAt = Date.now()
    return await opening.live
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.group.close()
    for (const { group } of this.#evpn.values()) group?.close()
  }

  #open(view: ViewEvpn): Opening {
    const opening: Opening = { live: this.#follow(view), group: undefined, usedAt: Date.now() }
    this.#evpn.set(view, opening)
    opening.live.then(
      ({ collections, group }) => {
        opening.group = group
        group.ended.then(() => {
          collections.close()
          this.#evpn.delete(view)
        })
        if (this.#isClosed) group.close()
      },
      () => void this.#evpn.delete(view),
    )
    return opening
  }

  async #follow(view: ViewEvpn): Promise<LiveEvpn> {
    const collections = await view.open()
    return { view, collections, group: new TableGroup(evpnTables(collections, view)) }
  }

  /** Closes what is there no more, and what nobody has asked for since some time. */
  #forget(): void {
    const now = Date.now()
    const views = new Set(this.space.evpn)
    for (const [view, { group, usedAt }] of this.#evpn) {
      const isUsed = views.has(view) && (group?.isFollowed === true || now - usedAt < idle)
      if (!isUsed) group?.close()
    }
  }
}
