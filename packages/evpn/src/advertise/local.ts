import { type Link, LinkTable } from '@rtnl/link'
import type { LiveTableOptions } from '@rtnl/live-table'
import { fdbOwner, type Neighbor, neighborOwner } from '@rtnl/neighbor'
import { checkNumber } from '@rtnl/netlink-core'
import type { DesiredEntry, ReconcileRules } from '@rtnl/reconcile/declarations'
import { noInterfaces } from '@rtnl/reconcile/declarations'

/** An IP address that is here, and its hardware address. */
export interface LocalBinding {
  /** Text of an IPv4 or IPv6 address. */
  readonly ip: string
  /** Six bytes in hexadecimal, with colons. */
  readonly mac: string
}

/** What is here, and is advertised. */
export interface LocalAddresses {
  /** Hardware addresses. */
  readonly macs?: Iterable<string> | undefined
  /** IP addresses with their hardware addresses, which are advertised too. IPv6 addresses of the link (fe80::/10) are not. */
  readonly bindings?: Iterable<LocalBinding> | undefined
}

type AdvertisedRules = ReconcileRules<Neighbor, DesiredEntry<Neighbor>>
type Wanted = DesiredEntry<Neighbor>

/** The rules of what is advertised on a port of a bridge, and on the interface with the addresses. */
export interface Owners {
  readonly macs: AdvertisedRules
  readonly bindings: AdvertisedRules | undefined
}

/** Where addresses are advertised, by names of interfaces. */
export interface AdvertisePlace {
  /** Name of the port of the bridge that gets the hardware addresses. All static entries of it in no VLAN are ours. */
  readonly port: string
  /** Name of the SVI, which gets the bindings: the bridge, or a VLAN device on it. Without it there can be none. */
  readonly svi?: string | undefined
  /** Routing protocol (`RTPROT_*`), 1 to 255, by which neighbours are known as ours. Nobody else may use it on the SVI. */
  readonly protocol: number
}

function checkPlace({ port, svi, protocol }: AdvertisePlace): void {
  for (const [option, name] of Object.entries({ port, svi: svi ?? port })) {
    if (typeof name !== 'string') throw new TypeError(`${option}: ${String(name)} is not a name of an interface`)
  }
  checkNumber('protocol', protocol, 1, 0xff)
}

/** @throws {TypeError} an interface is not there, or not one of the kind */
export async function ownersOf({ port, svi, protocol }: AdvertisePlace, options: LiveTableOptions): Promise<Owners> {
  const links = await LinkTable.open(options)
  try {
    const link = (option: string, name: string): Link => {
      const ifindex = links.ifindex(name)
      const found = ifindex === undefined ? undefined : links.get({ ifindex })
      if (found === undefined) throw new TypeError(`${option}: there is no interface ${name}`)
      if (found.kind !== 'vxlan') return found
      throw new TypeError(`${option}: ${name} is a vxlan, and a speaker takes no local addresses from one`)
    }
    const place = link('port', port)
    if (place.master === undefined || place.kind === 'bridge') {
      throw new TypeError(`port: ${port} is not a port of a bridge`)
    }
    const bindings = svi === undefined ? undefined : neighborOwner({ ifindex: link('svi', svi).ifindex, protocol })
    return { macs: fdbOwner(place), bindings }
  } finally {
    links.close()
  }
}

/**
 * Rules that are there before any interface is known. What an address may be depends on none, so that one that cannot be is refused
 * before anything is asked of the kernel.
 * @throws {TypeError | RangeError} a name or the protocol cannot be
 */
export function addressRules(place: AdvertisePlace): Owners {
  checkPlace(place)
  const { svi, protocol } = place
  const somewhere: Link = { family: 0, type: 1, flags: 0, ifindex: 1, master: 2 }
  const bindings = svi === undefined ? undefined : neighborOwner({ ifindex: somewhere.ifindex, protocol })
  return { macs: fdbOwner(somewhere), bindings }
}

/** What is desired, by keys of `addressRules`. */
export type Desired = ReadonlyMap<string, Wanted>

/**
 * What addresses are as entries.
 * @param rules those of `addressRules`
 * @throws {TypeError | RangeError} one that cannot be, named by its place
 */
export function entriesOf(rules: Owners, { macs = [], bindings = [] }: LocalAddresses): Record<keyof Owners, Desired> {
  const desired = { macs: new Map<string, Wanted>(), bindings: new Map<string, Wanted>() }
  const addMac = (lladdr: string, place: string): void => {
    const entry = checked(rules.macs, { lladdr }, place)
    if ((Number.parseInt(entry.lladdr?.slice(0, 2) ?? '', 16) & 1) === 1) {
      throw new RangeError(`${place}: ${lladdr} is the address of a group, and no host has it`)
    }
    desired.macs.set(rules.macs.key(entry), { lladdr })
  }
  for (const [place, mac] of listOf('macs', macs).entries()) addMac(mac, `macs[${place}]`)
  for (const [index, binding] of listOf('bindings', bindings).entries()) {
    const place = `bindings[${index}]`
    if (typeof binding !== 'object' || binding === null)
      throw new TypeError(`${place}: ${String(binding)} is no object`)
    const { ip, mac } = binding
    if (rules.bindings === undefined) throw new TypeError(`${place}: bindings need an interface; give svi`)
    addMac(mac, place)
    const wanted = { dst: ip, lladdr: mac }
    const entry = checked(rules.bindings, wanted, place)
    if (/^fe[89ab]/.test(entry.dst ?? '')) continue
    const key = rules.bindings.key(entry)
    if (desired.bindings.has(key)) throw new RangeError(`${place}: ${ip} is given twice`)
    desired.bindings.set(key, wanted)
  }
  return desired
}

function listOf<Item>(name: string, items: Iterable<Item>): Item[] {
  const isList = typeof items === 'object' && items !== null && Symbol.iterator in items
  if (!isList) throw new TypeError(`${name}: ${String(items)} is no list`)
  return [...items]
}

function checked(rules: AdvertisedRules, wanted: Wanted, place: string): Neighbor {
  try {
    return rules.normalize(wanted, noInterfaces)
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${place}: ${error.message}`)
    if (error instanceof TypeError) throw new TypeError(`${place}: ${error.message}`)
    throw error
  }
}
