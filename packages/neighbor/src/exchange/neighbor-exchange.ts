import { type Link, LinkTable } from '@rtnl/link'
import type { LiveTableOptions } from '@rtnl/live-table'
import { inTurns } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import type { FailedEntry } from '@rtnl/reconcile'
import { FdbTable } from '../fdb/table.ts'
import type { Neighbor } from '../message.ts'
import { fdbOwner } from '../reconcile/fdb-rules.ts'
import { neighborOwner } from '../reconcile/neighbor-rules.ts'
import { type RemoteVtep, type StaticArp, type StaticFdb, Unique } from '../views.ts'
import { Announcement, type AnnouncementRules } from './announcement.ts'
import { announcedAddresses, type ExchangeSegment, usableSegments } from './segment.ts'
import { VxlanContents } from './vxlan-contents.ts'

/** What a run of the exchange did and found. */
export interface NeighborExchangeRun {
  /** The first error; the rest was done all the same. */
  readonly error: Error | undefined
  /** Tunnel endpoints that were learned, each once. */
  readonly vteps: readonly RemoteVtep[]
  /** Hardware addresses that were learned, each once. */
  readonly fdb: readonly StaticFdb[]
  /** Neighbours that were learned, each once. */
  readonly arps: readonly StaticArp[]
  /** Names of interfaces that are not there. */
  readonly missing: readonly string[]
  /** Segments that were left out, and why. */
  readonly skipped: readonly {
    /** As it was given. */
    readonly vni: number
    /** For people. */
    readonly reason: string
  }[]
  /** Announced entries that the kernel refused. They are tried again. */
  readonly failed: readonly FailedEntry<Neighbor>[]
}

/**
 * Exchanges addresses between segments and an EVPN speaker of the host. Each interface has its own live table and controller.
 * `run` takes what is announced now and returns what is learned now. Announced entries on an interface that no segment names
 * any more are removed.
 *
 * Addresses move from host to host. If the speaker learns an announced address elsewhere later (`extern_learn`), its entry
 * stays. The announced entry comes back when the speaker removes its own, when the kernel sees the address here again, or
 * when a run announces an address that the run before did not announce.
 */
export class NeighborExchange implements AsyncDisposable, Disposable {
  readonly #notifier: Notifier
  readonly #ownsNotifier: boolean
  readonly #links: LinkTable
  readonly #fdbs = new Map<number, FdbTable>()
  /** The announced entries, by their lease. */
  readonly #announcements = new Map<string, Announcement>()

  private constructor(notifier: Notifier, ownsNotifier: boolean, links: LinkTable) {
    this.#notifier = notifier
    this.#ownsNotifier = ownsNotifier
    this.#links = links
  }

  /** See `openTable` of `@rtnl/notifier` for the errors. */
  static async open(options: LiveTableOptions = {}): Promise<NeighborExchange> {
    const { notifier: shared, signal, ...open } = options
    const notifier = shared ?? (await Notifier.open(open))
    try {
      return new NeighborExchange(notifier, shared === undefined, await LinkTable.open({ notifier, signal }))
    } catch (error) {
      if (shared === undefined) notifier.close()
      throw error
    }
  }

  /** Announces the addresses of segments, and returns those that were learned elsewhere. */
  async run(segments: readonly ExchangeSegment[]): Promise<NeighborExchangeRun> {
    const { usable, skipped } = usableSegments(segments)
    await this.#links.waitForSync()
    const errors: Error[] = []
    const missing = new Set<string>()
    const announced = new Set<string>()
    const followed = new Set<number>()
    const found = { vteps: [] as RemoteVtep[], fdb: [] as StaticFdb[], arps: [] as StaticArp[] }
    const failed: FailedEntry<Neighbor>[] = []
    const contents = new VxlanContents((ifindex) => this.#fdb(ifindex))
    const link = (name: string | undefined): Link | undefined => {
      const ifindex = name === undefined ? undefined : this.#links.ifindex(name)
      if (name !== undefined && ifindex === undefined) missing.add(name)
      return ifindex === undefined ? undefined : this.#links.get({ ifindex })
    }
    const announce = async (
      make: () => AnnouncementRules,
      entries: readonly Partial<Neighbor>[],
    ): Promise<Announcement | undefined> => {
      try {
        const announcement = await this.#announce(make(), entries, announced)
        for (const failure of announcement.failed) failed.push(failure)
        return announcement
      } catch (error) {
        errors.push(error as Error)
        return undefined
      }
    }
    const learn = async (read: () => Promise<readonly Neighbor[]>, each: (entry: Neighbor) => void): Promise<void> => {
      try {
        await inTurns(await read(), each)
      } catch (error) {
        errors.push(error as Error)
      }
    }
    for (const segment of usable) {
      for (const name of segment.vxlans) {
        const vxlan = link(name)
        if (vxlan === undefined) continue
        followed.add(vxlan.ifindex)
        const vteps = Unique.remoteVteps(segment.vni)
        const fdb = Unique.staticFdb(segment.vni)
        await learn(
          () => contents.of(vxlan, segment.vni),
          (entry) => {
            vteps.add(entry)
            fdb.add(entry)
          },
        )
        vteps.addTo(found.vteps)
        fdb.addTo(found.fdb)
      }
      const bridge = link(segment.bridge)
      if (bridge !== undefined) {
        const { ifindex } = bridge
        const announcement = await announce(() => neighborOwner({ ifindex }), segment.bindings ?? [])
        const arps = Unique.staticArp(segment.vni)
        if (announcement !== undefined) {
          await learn(
            () => announcement.table.snapshot(),
            (entry) => arps.add(entry),
          )
        }
        arps.addTo(found.arps)
      }
      const loopback = link(segment.loopback)
      if (loopback !== undefined) await announce(() => fdbOwner(loopback), announcedAddresses(segment))
    }
    await this.#leave(announced, followed, errors)
    return { error: errors[0] ?? failed[0]?.error, ...found, missing: [...missing], skipped, failed }
  }

  /**
   * Removes all that was announced, and closes.
   * @returns the errors
   */
  async remove(): Promise<Error[]> {
    const errors: Error[] = []
    await this.#leave(new Set(), new Set(), errors)
    this.close()
    return errors
  }

  /** Idempotent. What was announced stays. */
  close(): void {
    for (const announcement of this.#announcements.values()) announcement.close()
    for (const fdb of this.#fdbs.values()) fdb.close()
    this.#announcements.clear()
    this.#fdbs.clear()
    this.#links.close()
    if (this.#ownsNotifier) this.#notifier.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #fdb(ifindex: number): Promise<FdbTable> {
    let fdb = this.#fdbs.get(ifindex)
    if (fdb === undefined) {
      fdb = await FdbTable.open({ ifindex, notifier: this.#notifier })
      this.#fdbs.set(ifindex, fdb)
    } else {
      await fdb.waitForSync()
    }
    return fdb
  }

  async #announce(
    rules: AnnouncementRules,
    entries: readonly Partial<Neighbor>[],
    announced: Set<string>,
  ): Promise<Announcement> {
    const { lease } = rules
    let announcement = this.#announcements.get(lease)
    if (announcement === undefined) {
      announcement = await Announcement.begin(rules, entries, this.#notifier)
      this.#announcements.set(lease, announcement)
    } else {
      await announcement.become(entries)
    }
    announced.add(lease)
    return announcement
  }

  async #leave(announced: ReadonlySet<string>, followed: ReadonlySet<number>, errors: Error[]): Promise<void> {
    for (const [ifindex, fdb] of this.#fdbs) {
      if (followed.has(ifindex)) continue
      fdb.close()
      this.#fdbs.delete(ifindex)
    }
    for (const [lease, announcement] of this.#announcements) {
      if (announced.has(lease)) continue
      this.#announcements.delete(lease)
      try {
        const { failed } = await announcement.remove()
        for (const { error } of failed) errors.push(error)
      } catch (error) {
        errors.push(error as Error)
      }
    }
  }
}
