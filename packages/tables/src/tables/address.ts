import {
  type Address,
  AddressFlag,
  type AddressLifetimes,
  AddressProtocol,
  addressOwner,
  defineAddresses,
  ownAddress,
  peerOf,
} from '@rtnl/address'
import { AddressFamily } from '@rtnl/netlink-core'
import { anyRules, type TableSync, usage } from '../desired/table-sync.ts'
import { hostPrefix } from './address-range.ts'
import { ofDevice } from './filter.ts'
import { scopeName } from './names.ts'
import type { TableModule } from './table-module.ts'

/** In the order in which `ip` prints them, behind the first one. */
const flagNames = [
  [AddressFlag.NODAD, 'nodad'],
  [AddressFlag.OPTIMISTIC, 'optimistic'],
  [AddressFlag.DADFAILED, 'dadfailed'],
  [AddressFlag.HOMEADDRESS, 'home'],
  [AddressFlag.DEPRECATED, 'deprecated'],
  [AddressFlag.TENTATIVE, 'tentative'],
  // Of addresses without it `ip` says that they are dynamic.
  [AddressFlag.PERMANENT, ''],
  [AddressFlag.MANAGETEMPADDR, 'mngtmpaddr'],
  [AddressFlag.NOPREFIXROUTE, 'noprefixroute'],
  [AddressFlag.MCAUTOJOIN, 'autojoin'],
  [AddressFlag.STABLE_PRIVACY, 'stable-privacy'],
] as const

const kernelProtocols = new Map<number, string>([
  [AddressProtocol.KERNEL_LO, 'kernel_lo'],
  [AddressProtocol.KERNEL_RA, 'kernel_ra'],
  [AddressProtocol.KERNEL_LL, 'kernel_ll'],
])

const addressSync: TableSync = {
  takes: ['dev', 'protocol'],
  ownership:
    'Addresses of --dev are ours by --protocol or, without it, if they have no end, no protocol and are not of one link.',
  rules: ({ protocol, additive }, _entries, link) =>
    anyRules(usage(() => addressOwner({ ifindex: link?.ifindex ?? 0, protocol, additive }))),
  kernelMade: { includes: isKernelMade, from: 'the links themselves and what routers advertise' },
}

/** Addresses of interfaces, as `ip -o addr` prints them, without its columns and the backslash before the lifetimes. */
export const addressModule: TableModule<Address> = {
  name: 'address',
  aliases: ['addresses', 'addr'],
  nouns: ['address', 'addresses'],
  refersTo: ['link'],
  examples: {
    show: ['rtnl show address --dev eth0'],
    sync: ['rtnl sync address --dev eth0 --file addresses.json --keep'],
  },
  ofDevice: 'an address of it',
  families: ['inet', 'inet6'],
  inRoutingTables: false,
  references: ({ ifindex }) => ({ interfaces: [ifindex] }),
  values: {
    prefix: (entry) => `${peerOf(entry) ?? ownAddress(entry)}/${entry.prefixlen}`,
    place: (entry) => hostPrefix(ownAddress(entry) ?? ''),
    protocol: ({ protocol }) => protocol,
    protocolName: addressProtocolName,
  },
  part: ({ family, device }) => ({
    definition: defineAddresses({ family }),
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  inOrder: (table) => [...table].sort((one, other) => one.ifindex - other.ifindex),
  words(entry, names) {
    const { family, ifindex, prefixlen, broadcast, label, rtPriority, cacheinfo } = entry
    const peer = peerOf(entry)
    const end = peer === undefined ? '' : ` peer ${peer}`
    const name = family === AddressFamily.INET6 ? 'inet6' : 'inet'
    const words = [`${ifindex}: ${names.name(ifindex)} ${name} ${ownAddress(entry)}${end}/${prefixlen}`]
    if (rtPriority !== undefined) words.push(`metric ${rtPriority}`)
    if (broadcast !== undefined) words.push(`brd ${broadcast}`)
    words.push(`scope ${scopeName(entry.scope)}`, ...flagWords(entry))
    if (entry.protocol !== undefined) words.push(`proto ${addressProtocolName(entry.protocol)}`)
    if (label !== undefined) words.push(label)
    if (cacheinfo !== undefined) words.push(...lifetimeWords(cacheinfo))
    return words
  },
  sync: addressSync,
}

function flagWords({ family, flags = 0 }: Address): string[] {
  const words =
    (flags & AddressFlag.SECONDARY) === 0 ? [] : [family === AddressFamily.INET6 ? 'temporary' : 'secondary']
  for (const [flag, name] of flagNames) {
    const has = (flags & flag) !== 0
    if (flag !== AddressFlag.PERMANENT && has) words.push(name)
    if (flag === AddressFlag.PERMANENT && !has) words.push('dynamic')
  }
  return words
}

function lifetimeWords({ valid, preferred }: AddressLifetimes): string[] {
  return [`valid_lft ${seconds(valid)}`, `preferred_lft ${seconds(preferred)}`]
}

function seconds(lifetime: number): string {
  return lifetime === 0xffffffff ? 'forever' : `${lifetime}sec`
}

function addressProtocolName(protocol: number): string {
  return kernelProtocols.get(protocol) ?? String(protocol)
}

/** Whether the kernel made an address: by its protocol or, on an older kernel that sends none, if it is temporary. */
function isKernelMade(entry: object): boolean {
  const { family, protocol = 0, flags = 0 } = entry as Partial<Address>
  const isTemporary = family === AddressFamily.INET6 && (flags & AddressFlag.SECONDARY) !== 0
  return isTemporary || (protocol >= AddressProtocol.KERNEL_LO && protocol <= AddressProtocol.KERNEL_LL)
}
