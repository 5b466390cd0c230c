import { NeighborFlag, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { Errno, MulticastGroup } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'
import { byItself, type Origin, type Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { type FakeNeighbor, type FakeProxy, neighborEntry, validStates } from './fake-neighbor.ts'

const { FAILED, INCOMPLETE, NONE, PERMANENT, PROBE } = NeighborState
const { EXT_LEARNED, ROUTER } = NeighborFlag

/** What a request wants of an entry. */
export interface NeighborUpdate {
  readonly lladdr: string | undefined
  readonly state: number
  /** `NTF_*` */
  readonly flags: number
  /** Whether an address that is there may become another. */
  readonly overrides: boolean
}

/** The entries of ARP and ND, and those that the namespace answers for. */
export class Neighbors {
  readonly #output: Output
  /** The last one first. */
  #entries: FakeNeighbor[] = []
  #proxies: FakeProxy[] = []

  constructor(output: Output) {
    this.#output = output
  }

  all(family: number): readonly FakeNeighbor[] {
    return this.#entries.filter((entry) => entry.family === family)
  }

  proxies(family: number): readonly FakeProxy[] {
    return this.#proxies.filter((entry) => entry.family === family)
  }

  find(family: number, link: FakeLink, dst: string): FakeNeighbor | undefined {
    return this.#entries.find((entry) => entry.family === family && entry.link === link && entry.dst === dst)
  }

  /** Takes an entry in. Nothing of it is announced. */
  add(neighbor: FakeNeighbor): void {
    this.#entries.unshift(neighbor)
  }

  /**
   * `__neigh_update`, by an administrator.
   * @throws {Refusal} the state needs an address, and there is none
   */
  update(neighbor: FakeNeighbor, update: NeighborUpdate, origin: Origin): void {
    const old = neighbor.state
    const before = { ...neighbor }
    neighbor.flags = (neighbor.flags & ~EXT_LEARNED) | (update.flags & EXT_LEARNED)
    let isNews = neighbor.flags !== before.flags
    const wasValid = (old & validStates) !== 0
    if ((update.state & validStates) === 0) {
      neighbor.state = update.state
      isNews = wasValid || ((old & (INCOMPLETE | PROBE)) !== 0 && update.state === FAILED)
    } else {
      const lladdr = update.lladdr ?? (wasValid ? neighbor.lladdr : undefined)
      if (lladdr === undefined) throw this.#refuse(neighbor, isNews, origin)
      const isOther = !wasValid || lladdr !== neighbor.lladdr
      if (!wasValid || !isOther || update.overrides) {
        isNews ||= update.state !== old || isOther
        neighbor.state = update.state
        neighbor.lladdr = lladdr
        if (update.overrides && ((neighbor.flags ^ update.flags) & ROUTER) !== 0) {
          neighbor.flags ^= ROUTER
          isNews = true
        }
      }
    }
    if (isNews) this.#notify(NeighborMessage.NEW, neighbor, origin)
  }

  /** Removes an entry as a request does: the kernel lets it fail first. */
  remove(neighbor: FakeNeighbor, origin: Origin): void {
    this.update(neighbor, { lladdr: undefined, state: FAILED, flags: 0, overrides: true }, origin)
    this.#drop(neighbor)
  }

  /** Removes an entry that is not valid, as its address has become another kind of address (`arp_invalidate`). */
  invalidate(family: number, link: FakeLink, dst: string): void {
    const found = this.find(family, link, dst)
    if (found === undefined || (found.state & validStates) !== 0) return
    if (found.state !== NONE) {
      this.update(found, { lladdr: undefined, state: FAILED, flags: 0, overrides: true }, byItself)
    }
    this.#drop(found)
  }

  addProxy(wanted: FakeProxy): void {
    const { family, link, dst, flags, protocol, isPermanent } = wanted
    const present = this.#proxies.find((each) => each.family === family && each.link === link && each.dst === dst)
    if (present === undefined) {
      this.#proxies.push(wanted)
      return
    }
    present.flags = flags
    present.isPermanent = isPermanent
    if (protocol !== 0) present.protocol = protocol
  }

  /** @throws {Refusal} there is none */
  removeProxy(family: number, link: FakeLink | undefined, dst: string): void {
    const found = this.#proxies.find((each) => each.family === family && each.link === link && each.dst === dst)
    if (found === undefined) throw new Refusal(Errno.ENOENT)
    this.#proxies = this.#proxies.filter((each) => each !== found)
  }

  /**
   * Removes what an interface has, the last one first.
   * @param sparing those that are permanent stay: the carrier alone is lost
   */
  flush(family: number, link: FakeLink, sparing: 'permanent' | 'none'): void {
    for (const entry of this.all(family)) {
      const isSpared = sparing === 'permanent' && (entry.state & PERMANENT) !== 0
      if (entry.link === link && !isSpared) this.#drop(entry)
    }
    this.#proxies = this.#proxies.filter(
      (each) => each.family !== family || each.link !== link || (sparing === 'permanent' && each.isPermanent),
    )
  }

  #refuse(neighbor: FakeNeighbor, isNews: boolean, origin: Origin): Refusal {
    if (isNews) this.#notify(NeighborMessage.NEW, neighbor, origin)
    return new Refusal(Errno.EINVAL, 'No link layer address given')
  }

  #drop(neighbor: FakeNeighbor): void {
    this.#entries = this.#entries.filter((entry) => entry !== neighbor)
    this.#notify(NeighborMessage.DEL, neighbor, byItself)
  }

  #notify(type: number, neighbor: FakeNeighbor, { portId }: Origin): void {
    const origin = { portId, seq: 0 }
    this.#output.notify(MulticastGroup.NEIGH, neighborMessage, { type, origin }, neighborEntry(neighbor))
  }
}
