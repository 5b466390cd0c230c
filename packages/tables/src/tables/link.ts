import { type Link, linkDefinition } from '@rtnl/link'
import { ofDevice } from './filter.ts'
import { hardwareAddressText } from './hardware-address.ts'
import type { InterfaceNames } from './interface-names.ts'
import { kindWords } from './link-kind.ts'
import { slaveWords } from './link-slave.ts'
import type { TableModule } from './table-module.ts'

const running = 0x40

/** `IFF_*` (`linux/if.h`), in the order in which `ip` prints them. */
const flagNames = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
  [0x10000, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
] as const

/** `IF_OPER_*` (RFC 2863) */
const operationalStates = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']

/** `ARPHRD_*` (`linux/if_arp.h`) */
const hardwareTypes = new Map([
  [1, 'ether'],
  [32, 'infiniband'],
  [280, 'can'],
  [512, 'ppp'],
  [768, 'ipip'],
  [769, 'tunnel6'],
  [772, 'loopback'],
  [776, 'sit'],
  [778, 'gre'],
  [801, 'ieee802.11'],
  [803, 'ieee802.11/radiotap'],
  [823, 'gre6'],
  [824, 'netlink'],
  [0xfffe, 'none'],
])

/** Interfaces, as `ip -o -d link` prints what an entry has of them. */
export const linkModule: TableModule<Link> = {
  name: 'link',
  aliases: ['links'],
  nouns: ['link', 'links'],
  refersTo: [],
  ofDevice: 'a link itself',
  families: [],
  inRoutingTables: false,
  references: ({ master, link, linkNetnsid }) => ({
    interfaces: [master, linkNetnsid === undefined ? link : undefined],
  }),
  identity: ({ ifindex, ifname }) => ({ ifindex, ifname }),
  values: {
    mac: ({ address }) => address,
    states: Object.fromEntries(
      operationalStates.map((name, number) => [name.toLowerCase(), ({ operstate }: Link) => operstate === number]),
    ),
  },
  part: ({ device }) => ({
    definition: linkDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  words(entry, names) {
    const { ifindex, ifname = `if${ifindex}`, flags, mtu, master, operstate, type, address, linkNetnsid } = entry
    const words = [`${ifindex}: ${ifname}${lowerSuffix(entry, names)}:`, `<${flagWords(flags).join(',')}>`]
    if (mtu !== undefined) words.push(`mtu ${mtu}`)
    if (master !== undefined) words.push(`master ${names.name(master)}`)
    if (operstate !== undefined) words.push(`state ${operationalStates[operstate] ?? `0x${operstate.toString(16)}`}`)
    words.push(`link/${hardwareTypes.get(type) ?? `[${type}]`}`)
    if (address !== undefined) words.push(hardwareAddressText(address, type))
    if (linkNetnsid !== undefined) words.push(`link-netnsid ${linkNetnsid}`)
    words.push(...kindWords(entry, names), ...slaveWords(entry, names))
    for (const name of entry.altnames ?? []) words.push(`altname ${name}`)
    return words
  },
}

/** What is below an interface, or at the other end of it. In another namespace the index is that of another one here. */
function lowerSuffix({ link, linkNetnsid }: Link, names: InterfaceNames): string {
  if (link === undefined) return ''
  if (linkNetnsid !== undefined) return `@if${link}`
  return `@${link === 0 ? 'NONE' : names.name(link)}`
}

function flagWords(flags: number): string[] {
  const up = (flags & 1) !== 0
  const words = up && (flags & running) === 0 ? ['NO-CARRIER'] : []
  let left = flags & ~running
  for (const [flag, name] of flagNames) {
    if ((left & flag) === 0) continue
    words.push(name)
    left &= ~flag
  }
  return left === 0 ? words : [...words, (left >>> 0).toString(16)]
}
