import { isStaticArp, type Neighbor, NeighborFlag } from '@rtnl/neighbor'
import { AddressFamily, unmapAddress } from '@rtnl/netlink-core'
import type { Arp, Path } from '../entries.ts'
import { type ArpKey, arpKey, type FdbKey, fdbKey } from '../keys.ts'
import { rowText } from '../rules/texts.ts'
import type { State } from './state.ts'

/** Derives bindings of IP addresses to hardware addresses. */
export class ArpDeriver {
  readonly #state: State
  /** Hardware addresses whose bindings changed. */
  readonly #macs = new Map<string, FdbKey>()

  constructor(state: State) {
    this.#state = state
  }

  /** Notes what depends on where a hardware address is. */
  macChanged(key: FdbKey): void {
    if (this.#state.arpsOfMac.size === 0) return
    const text = fdbKey(key)
    const keys = this.#state.arpsOfMac.get(text)
    for (const arp of keys) {
      const entry = this.#state.rows.arps.get(arp)
      if (entry !== undefined) this.#state.dirty.arp(entry)
    }
    if (keys.size > 0) this.#macs.set(text, key)
  }

  /** Notes what depends on the endpoints of a group: only bindings of addresses that are one of them before or after. */
  pathsChanged(vni: number, old: readonly Path[], next: readonly Path[]): void {
    const before = new Set(old.map(({ remote }) => remote.ip))
    const after = new Set(next.map(({ remote }) => remote.ip))
    for (const ip of new Set([...before, ...after])) {
      if (before.has(ip) === after.has(ip)) continue
      const family = ip.includes(':') ? AddressFamily.INET6 : AddressFamily.INET
      this.#roleMayChange({ vni, family, ip })
      if (family === AddressFamily.INET) this.#roleMayChange({ vni, family: AddressFamily.INET6, ip: `::ffff:${ip}` })
    }
  }

  #roleMayChange(key: ArpKey): void {
    if (this.#state.rows.arps.get(arpKey(key)) !== undefined) this.#state.dirty.arp(key)
  }

  derive(key: ArpKey): void {
    const { rows, cause, arpsOfMac } = this.#state
    rows.derived.arps++
    const text = arpKey(key)
    const old = rows.arps.get(text)
    const next = this.#arp(key)
    for (const arp of [old, next]) {
      if (arp !== undefined) this.#macs.set(fdbKey(arp), { vni: arp.vni, mac: arp.mac })
    }
    if (old !== undefined) arpsOfMac.delete(fdbKey(old), text)
    if (next === undefined) {
      rows.arps.delete(text, cause)
    } else {
      arpsOfMac.add(fdbKey(next), text)
      rows.arps.set(text, next, cause)
    }
  }

  /** Derives why a neighbour is no binding. @param text its key */
  unresolved(text: string, key: Neighbor): void {
    const row = this.#state.inputs.neighbors.get(key)
    const { ifindex } = key
    const isLost =
      row !== undefined &&
      isStaticArp(row) &&
      this.#state.vniOfSvi(ifindex) === undefined &&
      this.#state.topology.isRelated(ifindex)
    const place = { table: 'neighbor', row: text } as const
    const reason = 'no-svi-vni'
    this.#state.setUnresolved(
      isLost ? { ...place, mac: row.lladdr ?? '', reason, text: rowText(reason) } : undefined,
      place,
    )
  }

  /** Derives the notices of hardware addresses whose bindings changed. */
  conflicts(): void {
    for (const key of this.#macs.values()) {
      const subject = fdbKey(key)
      this.#state.setNotice('router-mac-conflict', subject, key.vni, this.#conflict(key))
    }
    this.#macs.clear()
  }

  /** Several endpoints have one router address if it is at one of them, and is said to be that of another address too. */
  #conflict(key: FdbKey): string | undefined {
    const arps = [...this.#state.arpsOfMac.get(fdbKey(key))].flatMap((text) => this.#state.rows.arps.get(text) ?? [])
    const others = arps.filter(({ role, ip }) => role === 'host' && !/^fe[89ab]/.test(ip)).map(({ ip }) => ip)
    if (others.length === 0 || !arps.some(({ role }) => role === 'nexthop')) return undefined
    return `${key.mac} is the router address of an endpoint, and of ${others.sort().join(', ')} too, which it does not lead to.`
  }

  #arp({ vni, family, ip }: ArpKey): Arp | undefined {
    const ifindex = this.#state.vni(vni)?.svi
    if (ifindex === undefined || this.#state.vniOfSvi(ifindex) !== vni) return undefined
    const row = this.#state.inputs.neighbors.get({ family, ifindex, dst: ip })
    if (row === undefined || !isStaticArp(row) || row.lladdr === undefined) return undefined
    const { lladdr: mac, flags, protocol } = row
    const { fdb } = this.#state.rows
    const id = fdb.find(vni, mac)
    const remotes = id >= 0 && fdb.has(id) ? fdb.pathsOf(id) : []
    const address = unmapAddress(ip)
    const role = remotes.some(({ remote }) => remote.ip === address) ? 'nexthop' : 'host'
    const router = (flags & NeighborFlag.ROUTER) !== 0
    return { vni, family, ip, mac, ifindex, router, role, ...(protocol === undefined ? {} : { protocol }) }
  }
}
