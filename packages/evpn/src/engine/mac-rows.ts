import { type Cause, type Change, type DerivedLife, sameValue } from '@rtnl/live-table'
import { DerivedSource } from '@rtnl/live-table/internal'
import type { Fdb, Group, OtherRow, Path, Remote, Status } from '../entries.ts'
import { fdbKey } from '../keys.ts'
import { macNumber, macText } from '../rules/macs.ts'
import { grown, MacIds } from './mac-ids.ts'
import { Remotes } from './remotes.ts'

/** Where a hardware address is, as it is stored: behind a group, or a remote. */
export interface MacRow {
  readonly ifindex: number
  readonly nhId: number | undefined
  readonly remote: Remote | undefined
  readonly status: Status
  readonly sticky: boolean
  readonly origin: Fdb['origin']
  readonly shadowedBy: number | undefined
  readonly others: readonly OtherRow[]
}

const statuses: readonly Status[] = ['resolved', 'partial', 'unresolved']
const origins: readonly Fdb['origin'][] = ['controlPlane', 'static', 'learned']

/** The bits of what is stored in a byte. */
const bit = { present: 1, dirty: 2, sticky: 4, status: 3, origin: 5 } as const
const statusBits = 3 << bit.status
const originBits = 3 << bit.origin
/** What readers see. */
const shownBits = bit.sticky | statusBits | originBits

/**
 * The rows of `fdb`. There are very many: each is a few numbers in arrays, and becomes an object when somebody reads it. Those
 * behind a group are linked to each other, and hold none of its paths, so that a change of the group need not touch them.
 */
export class MacRows extends DerivedSource<Fdb> {
  readonly store = {
    rows: this as MacRows,
    get idLimit(): number {
      return this.rows.#ids.limit
    },
    has(id: number): boolean {
      return this.rows.has(id)
    },
  }
  readonly #groupOf: (vni: number, nhId: number) => Group | undefined
  readonly #ids = new MacIds()
  readonly #remotes = new Remotes()
  #bits = new Uint8Array(16)
  /** For whoever derives: which notices there are about an address. */
  #notices = new Uint8Array(16)
  #ifindexes = new Int32Array(16)
  /** The id of the group; 0 if it is behind none. */
  #nhIds = new Uint32Array(16)
  /** The number of the remote; 0 if it is behind a group. */
  #remoteIds = new Uint32Array(16)
  /** The interface where the bridge has it; 0 if it is not shadowed. */
  #shadows = new Int32Array(16)
  /** The next and the previous row behind the same group, plus 1. */
  #next = new Uint32Array(16)
  #previous = new Uint32Array(16)
  /** Of few. */
  readonly #others = new Map<number, readonly OtherRow[]>()
  #size = 0

  /** @param groupOf the group that a row is behind, as readers see it */
  constructor(life: DerivedLife, groupOf: (vni: number, nhId: number) => Group | undefined) {
    super('fdb', life)
    this.#groupOf = groupOf
  }

  get size(): number {
    return this.#size
  }

  /** What readers see under a key. */
  shown(key: string): Fdb | undefined {
    const [vni = '', mac] = key.split(' ')
    const id = this.find(Number(vni), mac)
    return id >= 0 && this.has(id) ? this.entry(id) : undefined
  }

  *entries(): Generator<Fdb, void, undefined> {
    for (const id of this.ids()) yield this.entry(id)
  }

  added(id: number): Change<Fdb> | undefined {
    return this.has(id) ? { kind: 'added', key: this.keyOf(id), entry: this.entry(id) } : undefined
  }

  /** The number of an address that has a row, or for which something is noted; -1 for any other. */
  find(vni: number, mac: string | undefined): number {
    const number = macNumber(mac)
    return number === undefined ? -1 : this.#ids.find(vni, number)
  }

  /** Notes that an address has to be derived. @returns its number, or -1 if that is noted already */
  note(vni: number, mac: number): number {
    const id = this.#ids.take(vni, mac)
    this.#reserve(id)
    if ((this.#bits[id]! & bit.dirty) !== 0) return -1
    this.#bits[id]! |= bit.dirty
    return id
  }

  /** Takes the note back. */
  unnote(id: number): void {
    this.#bits[id]! &= ~bit.dirty
  }

  /** Forgets an address that has no row, and of which nothing is noted. */
  forget(id: number): void {
    if (this.#bits[id] === 0 && this.#notices[id] === 0) this.#ids.release(id)
  }

  vniOf(id: number): number {
    return this.#ids.vniOf(id)
  }

  macOf(id: number): string {
    return macText(this.#ids.macOf(id))
  }

  keyOf(id: number): string {
    return fdbKey({ vni: this.vniOf(id), mac: this.macOf(id) })
  }

  /** The numbers of all rows. */
  *ids(): Generator<number, void, undefined> {
    for (let id = 0; id < this.#ids.limit; id++) if (this.has(id)) yield id
  }

  has(id: number): boolean {
    return id < this.#ids.limit && (this.#bits[id]! & bit.present) !== 0
  }

  ifindexOf(id: number): number {
    return this.#ifindexes[id]!
  }

  nhIdOf(id: number): number | undefined {
    const nhId = this.#nhIds[id]!
    return nhId === 0 ? undefined : nhId
  }

  remoteOf(id: number): Remote | undefined {
    return this.#remotes.paths(this.#remoteIds[id]!)[0]?.remote
  }

  pathsOf(id: number): readonly Path[] {
    const nhId = this.#nhIds[id]!
    if (nhId === 0) return this.#remotes.paths(this.#remoteIds[id]!)
    return this.#groupOf(this.vniOf(id), nhId)?.paths ?? []
  }

  noticesOf(id: number): number {
    return this.#notices[id]!
  }

  setNotices(id: number, bits: number): void {
    this.#notices[id] = bits
  }

  /** @param paths those that the entry has, if they are others now */
  entry(id: number, paths: readonly Path[] = this.pathsOf(id)): Fdb {
    const bits = this.#bits[id]!
    const nhId = this.#nhIds[id]!
    const shadow = this.#shadows[id]!
    return {
      vni: this.vniOf(id),
      mac: this.macOf(id),
      ifindex: this.#ifindexes[id]!,
      kind: nhId === 0 ? 'single' : 'group',
      ...(nhId === 0 ? {} : { nhId }),
      paths,
      status: statuses[(bits & statusBits) >> bit.status]!,
      sticky: (bits & bit.sticky) !== 0,
      origin: origins[(bits & originBits) >> bit.origin]!,
      ...(shadow === 0 ? {} : { shadowedBy: shadow }),
      others: this.#others.get(id) ?? none,
    }
  }

  /**
   * Stores a row and publishes the difference.
   * @param oldPaths those that readers saw before
   * @returns whether there is a difference
   */
  set(id: number, row: MacRow, cause: Cause, oldPaths: readonly Path[]): boolean {
    const { ifindex, nhId = 0, remote, sticky, status, origin, shadowedBy = 0, others } = row
    const remoteId = remote === undefined ? 0 : this.#remotes.take(remote)
    const shown =
      (sticky ? bit.sticky : 0) | (statuses.indexOf(status) << bit.status) | (origins.indexOf(origin) << bit.origin)
    const isPresent = this.has(id)
    const isSame =
      isPresent &&
      this.#ifindexes[id] === ifindex &&
      this.#nhIds[id] === nhId &&
      this.#remoteIds[id] === remoteId &&
      (this.#bits[id]! & shownBits) === shown &&
      this.#shadows[id] === shadowedBy &&
      sameValue(this.#others.get(id) ?? none, others) &&
      (nhId === 0 || sameValue(oldPaths, this.pathsOf(id)))
    const isWanted = !isSame && this.isWanted(cause)
    const old = isWanted && isPresent ? this.entry(id, oldPaths) : undefined
    if (isPresent) this.#remotes.release(this.#remoteIds[id]!)
    else this.#size++
    this.#ifindexes[id] = ifindex
    this.#nhIds[id] = nhId
    this.#remoteIds[id] = remoteId
    this.#bits[id] = (this.#bits[id]! & bit.dirty) | bit.present | shown
    this.#shadows[id] = shadowedBy
    if (others.length > 0) this.#others.set(id, others)
    else if (this.#others.size > 0) this.#others.delete(id)
    if (isWanted) this.publish(id, this.keyOf(id), cause, old, this.entry(id))
    return !isSame
  }

  /** Stores what a change of its group makes of a row, and publishes the difference. @param oldPaths as of `set` */
  setStatus(id: number, status: Status, cause: Cause, oldPaths: readonly Path[]): void {
    const bits = this.#bits[id]!
    const next = (bits & ~statusBits) | (statuses.indexOf(status) << bit.status)
    if (bits === next && sameValue(oldPaths, this.pathsOf(id))) return
    const isWanted = this.isWanted(cause)
    const old = isWanted ? this.entry(id, oldPaths) : undefined
    this.#bits[id] = next
    if (isWanted) this.publish(id, this.keyOf(id), cause, old, this.entry(id))
  }

  /** Removes a row, if there is one. @param oldPaths as of `set` */
  delete(id: number, cause: Cause, oldPaths: readonly Path[]): void {
    if (!this.has(id)) return
    const isWanted = this.isWanted(cause)
    const old = isWanted ? this.entry(id, oldPaths) : undefined
    this.#remotes.release(this.#remoteIds[id]!)
    this.#bits[id]! &= bit.dirty
    this.#others.delete(id)
    this.#size--
    if (isWanted) this.publish(id, this.keyOf(id), cause, old, undefined)
  }

  /** Puts a row at the head of those behind a group. @param head the number of the first, or -1 @returns the new first */
  link(id: number, head: number): number {
    this.#next[id] = head + 1
    this.#previous[id] = 0
    if (head >= 0) this.#previous[head] = id + 1
    return id
  }

  /** Takes a row out of those behind a group. @returns the first, or -1 */
  unlink(id: number, head: number): number {
    const next = this.#next[id]!
    const previous = this.#previous[id]!
    if (next > 0) this.#previous[next - 1] = previous
    if (previous > 0) this.#next[previous - 1] = next
    return id === head ? next - 1 : head
  }

  /** The rows behind a group. */
  *linked(head: number): Generator<number, void, undefined> {
    for (let id = head; id >= 0; id = this.#next[id]! - 1) yield id
  }

  #reserve(id: number): void {
    if (id < this.#bits.length) return
    const length = this.#bits.length * 2
    this.#bits = grown(this.#bits, new Uint8Array(length))
    this.#notices = grown(this.#notices, new Uint8Array(length))
    this.#ifindexes = grown(this.#ifindexes, new Int32Array(length))
    this.#nhIds = grown(this.#nhIds, new Uint32Array(length))
    this.#remoteIds = grown(this.#remoteIds, new Uint32Array(length))
    this.#shadows = grown(this.#shadows, new Int32Array(length))
    this.#next = grown(this.#next, new Uint32Array(length))
    this.#previous = grown(this.#previous, new Uint32Array(length))
  }
}

const none: readonly OtherRow[] = []
