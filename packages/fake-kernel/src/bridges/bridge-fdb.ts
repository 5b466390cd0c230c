import { BridgePortState } from '@rtnl/link'
import { type Neighbor, NeighborFlag, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, Errno, MessageFlag, MulticastGroup } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'
import type { Output } from '../output.ts'
import { Refusal } from '../refusal.ts'

const { CREATE, EXCL } = MessageFlag
const { EXT_LEARNED, STICKY } = NeighborFlag
const { NOARP, PERMANENT, REACHABLE } = NeighborState

/** Where a bridge sends what is for a hardware address. */
interface FakeForwarding {
  readonly lladdr: string
  /** Undefined is the bridge itself. */
  port: FakeLink | undefined
  /** `BR_FDB_LOCAL`: what is for it is for this host. */
  isLocal: boolean
  /** `BR_FDB_STATIC`: it stays when its port goes down. */
  isStatic: boolean
  /** `NTF_EXT_LEARNED` and `NTF_STICKY`. */
  flags: number
}

/** What a request wants of an entry. */
export interface ForwardingUpdate {
  readonly lladdr: string
  readonly port: FakeLink | undefined
  /** `NUD_*` */
  readonly state: number
  /** `NTF_*` */
  readonly flags: number
}

/** The forwarding entries of a bridge. */
export class BridgeFdb {
  readonly #bridge: FakeLink
  /** The last one first. */
  readonly #ports: readonly FakeLink[]
  readonly #output: Output
  /** The last one first. */
  #entries: FakeForwarding[] = []

  constructor(bridge: FakeLink, ports: readonly FakeLink[], output: Output) {
    this.#bridge = bridge
    this.#ports = ports
    this.#output = output
  }

  /** Entries as the kernel reports them: those of a port, or, if it is undefined, of the bridge itself. */
  of(port: FakeLink | undefined): Partial<Neighbor>[] {
    return this.#entries.filter((each) => each.port === port).map((each) => this.#reported(each))
  }

  /** The entry as the kernel reports it. @throws {Refusal} there is none */
  get(lladdr: string): Partial<Neighbor> {
    const found = this.#find(lladdr)
    if (found === undefined) throw new Refusal(Errno.ENOENT, 'Fdb entry not found')
    return this.#reported(found)
  }

  /** Adds the address that the bridge, or a port of it, has itself. */
  addLocal(lladdr: string, port: FakeLink | undefined): void {
    const present = this.#find(lladdr)
    if (present?.isLocal === true) return
    if (present !== undefined) this.#delete(present)
    const entry = { lladdr, port, isLocal: true, isStatic: true, flags: 0 }
    this.#entries.unshift(entry)
    this.#notify(NeighborMessage.NEW, entry)
  }

  /** Removes what a port has (`br_fdb_delete_by_port`). @param which those that do not stay, or all */
  flush(port: FakeLink | undefined, which: 'dynamic' | 'all'): void {
    for (const entry of this.#entries.filter((each) => each.port === port)) {
      const stays = entry.isStatic || (entry.flags & EXT_LEARNED) !== 0
      if (which === 'dynamic' && stays) continue
      if (entry.isLocal) this.#deleteLocal(entry, port)
      else this.#delete(entry)
    }
  }

  /** `fdb_add_entry`. @throws {Refusal} */
  add(update: ForwardingUpdate, requestFlags: number): void {
    const { lladdr, port, state } = update
    const isSticky = (update.flags & STICKY) !== 0
    if (port !== undefined && (state & (PERMANENT | NOARP)) === 0 && !isForwarding(port)) throw new Refusal(Errno.EPERM)
    if (port === undefined && (state & PERMANENT) === 0) throw new Refusal(Errno.EINVAL)
    if (isSticky && (state & PERMANENT) !== 0) throw new Refusal(Errno.EINVAL)
    const present = this.#find(lladdr)
    if (present === undefined && (requestFlags & CREATE) === 0) throw new Refusal(Errno.ENOENT)
    if (present !== undefined && (requestFlags & EXCL) !== 0) throw new Refusal(Errno.EEXIST)
    const entry = present ?? this.#create(lladdr, port)
    let isNews = present === undefined || entry.port !== port
    entry.port = port
    if (stateOf(entry) !== state) {
      entry.isLocal = (state & PERMANENT) !== 0
      entry.isStatic = (state & (PERMANENT | NOARP)) !== 0
      isNews = true
    }
    if (isSticky !== ((entry.flags & STICKY) !== 0)) {
      entry.flags ^= STICKY
      isNews = true
    }
    if (isNews) this.#notify(NeighborMessage.NEW, entry)
  }

  /** `br_fdb_external_learn_add`: it asks neither for NLM_F_CREATE nor for NLM_F_EXCL. */
  learn({ lladdr, port }: ForwardingUpdate): void {
    const present = this.#find(lladdr)
    const entry = present ?? this.#create(lladdr, port)
    const isNews = present === undefined || entry.port !== port || (entry.flags & EXT_LEARNED) === 0
    entry.port = port
    entry.flags |= EXT_LEARNED
    if (port === undefined) entry.isLocal = true
    if (isNews) this.#notify(NeighborMessage.NEW, entry)
  }

  /** @throws {Refusal} there is none of that port */
  remove(lladdr: string, port: FakeLink | undefined): void {
    const found = this.#find(lladdr)
    if (found === undefined || found.port !== port) throw new Refusal(Errno.ENOENT)
    this.#delete(found)
  }

  #find(lladdr: string): FakeForwarding | undefined {
    return this.#entries.find((each) => each.lladdr === lladdr)
  }

  #create(lladdr: string, port: FakeLink | undefined): FakeForwarding {
    const entry = { lladdr, port, isLocal: false, isStatic: false, flags: 0 }
    this.#entries.unshift(entry)
    return entry
  }

  /** Another port, or the bridge, may have the same address: it takes the entry over, silently. */
  #deleteLocal(entry: FakeForwarding, port: FakeLink | undefined): void {
    const other = this.#ports.find((each) => each !== port && each.address === entry.lladdr)
    if (other === undefined && (port === undefined || this.#bridge.address !== entry.lladdr)) {
      this.#delete(entry)
      return
    }
    entry.port = other
  }

  #delete(entry: FakeForwarding): void {
    this.#entries = this.#entries.filter((each) => each !== entry)
    this.#notify(NeighborMessage.DEL, entry)
  }

  #reported(entry: FakeForwarding): Partial<Neighbor> {
    return {
      family: AddressFamily.BRIDGE,
      ifindex: (entry.port ?? this.#bridge).ifindex,
      state: stateOf(entry),
      flags: entry.flags,
      type: 0,
      lladdr: entry.lladdr,
      master: this.#bridge.ifindex,
      flagsExt: 0,
    }
  }

  #notify(type: number, entry: FakeForwarding): void {
    this.#output.notify(MulticastGroup.NEIGH, neighborMessage, { type }, this.#reported(entry))
  }
}

/** `fdb_to_nud` */
function stateOf({ isLocal, isStatic }: FakeForwarding): number {
  if (isLocal) return PERMANENT
  return isStatic ? NOARP : REACHABLE
}

function isForwarding({ port }: FakeLink): boolean {
  return port?.state === BridgePortState.FORWARDING
}
