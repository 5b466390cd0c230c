import { json } from '@rtnl/compliance'
import { type Link, LinkFlag } from '@rtnl/link'
import { formatIpv4, formatIpv6 } from '@rtnl/netlink-core'
import { bitNames, type Shown, textOf } from './text.ts'

/**
 * What `ip -d link` prints and the table does not have, since a link has some hundred fields of which these are not followed:
 * queues and sizes of the driver, counters that run, timers, and settings of kinds that belong to no entry.
 */
const notFollowed: ReadonlySet<string> = new Set([
  ...[
    'qdisc',
    'linkmode',
    'group',
    'txqlen',
    'link_type',
    'broadcast',
    'promiscuity',
    'allmulti',
    'min_mtu',
    'max_mtu',
  ],
  ...['num_tx_queues', 'num_rx_queues', 'gso_max_size', 'gso_max_segs', 'tso_max_size', 'tso_max_segs', 'gro_max_size'],
  ...['inet6_addr_gen_mode', 'addr_info', 'ifalias', 'proto_down', 'protodown_reason'],
])

/**
 * Fields of `linkinfo` that the table has, by kind: the name of `ip` and how ours is shown. Others are settings and timers
 * that the table leaves out. `carrier` and `type` of ours are not printed by `ip`.
 */
const vxlanFields = ['id', 'group', 'remote', 'link', 'local', 'learning', 'port', 'gbp', 'external', 'vnifilter']
const bridgeFields = ['ageing_time', 'stp_state', 'vlan_filtering', 'vlan_protocol', 'mcast_snooping']
const portFields = {
  state: 'state',
  priority: 'priority',
  cost: 'cost',
  hairpin: 'mode',
  guard: 'guard',
  root_block: 'protect',
  fastleave: 'fastLeave',
  learning: 'learning',
  flood: 'unicastFlood',
  proxy_arp: 'proxyarp',
  proxy_arp_wifi: 'proxyarpWifi',
  multicast_router: 'multicastRouter',
  mcast_flood: 'mcastFlood',
  mcast_to_unicast: 'mcastToUcast',
  bcast_flood: 'bcastFlood',
  neigh_suppress: 'neighSuppress',
  vlan_tunnel: 'vlanTunnel',
  isolated: 'isolated',
  locked: 'locked',
  backup_port: 'backupPort',
} as const

const portStates = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']
const operstates = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']
const macvlanModes: Readonly<Record<number, string>> = {
  1: 'private',
  2: 'vepa',
  4: 'bridge',
  8: 'passthru',
  16: 'source',
}

/** `ARPHRD_*` (`linux/if_arp.h`) of tunnels: IPIP, SIT, GRE, and those of IPv6. */
const tunnelTypes: ReadonlySet<number> = new Set([768, 769, 776, 778, 823])

/** `IFF_*` (`linux/if.h`) as `ip` names them. */
const flagNames = {
  ...{ LOOPBACK: 0x8, BROADCAST: 0x2, POINTOPOINT: 0x10, MULTICAST: 0x1000, NOARP: 0x80, ALLMULTI: 0x200 },
  ...{ PROMISC: 0x100, MASTER: 0x400, SLAVE: 0x800, DEBUG: 0x4, DYNAMIC: 0x8000, AUTOMEDIA: 0x4000 },
  ...{ PORTSEL: 0x2000, NOTRAILERS: 0x20, UP: LinkFlag.UP, LOWER_UP: 0x10000, DORMANT: 0x20000, ECHO: 0x40000 },
}
const IFF_RUNNING = 0x40

/** All links as `ip -d link` shows them, less what is not followed. */
export function ipLinks(netns: string): string[] {
  return json<Shown>(netns, 'ip -d link').map((link) => {
    const fields = Object.entries(link).filter(([name]) => !notFollowed.has(name))
    const { linkinfo, flags, altnames, ...rest } = Object.fromEntries(fields)
    const names = (altnames as string[] | undefined) ?? []
    return textOf({
      ...rest,
      // `ip` puts in itself that the link below is down.
      flags: (flags as string[]).filter((flag) => flag !== 'M-DOWN').sort(),
      altnames: names.length === 0 ? undefined : [...names].sort(),
      linkinfo: linkinfo === undefined ? undefined : linkInfo(linkinfo as Shown),
    })
  })
}

function linkInfo({ info_kind, info_data, info_slave_kind, info_slave_data }: Shown): Shown {
  const chosen = (data: unknown, names: readonly string[]): Shown | undefined => {
    const fields = Object.entries((data ?? {}) as Shown)
      // Of IPv6 `ip` calls them `local6`, `group6` and `remote6`.
      .map(([name, value]) => [name.replace(/^(local|group|remote)6$/, '$1'), value] as const)
      .filter(([name]) => names.includes(name))
    return fields.length === 0 ? undefined : Object.fromEntries(fields)
  }
  const names = { vxlan: vxlanFields, bridge: bridgeFields, macvlan: ['mode'], vrf: ['table'] }[String(info_kind)] ?? []
  const isPort = info_slave_kind === 'bridge'
  return {
    info_kind,
    info_data: chosen(info_data, names),
    info_slave_kind,
    info_slave_data: isPort ? chosen(info_slave_data, Object.keys(portFields)) : undefined,
  }
}

/** Our links in the same words. */
export function linksAsIpShows(links: readonly Link[]): string[] {
  const names = new Map(links.map(({ ifindex, ifname }) => [ifindex, ifname]))
  const nameOf = (ifindex: number): string => names.get(ifindex) ?? `if${ifindex}`
  return links.map((link) => {
    const { ifindex, ifname, flags, mtu, operstate = 0, address, master, altnames = [] } = link
    const isUp = (flags & LinkFlag.UP) !== 0
    const shownFlags = bitNames(flags, flagNames)
    if (isUp && (flags & IFF_RUNNING) === 0) shownFlags.push('NO-CARRIER')
    return textOf({
      ifindex,
      ifname,
      flags: shownFlags.sort(),
      mtu,
      operstate: operstates[operstate],
      address: addressText(address, link.type),
      master: master === undefined ? undefined : nameOf(master),
      altnames: altnames.length === 0 ? undefined : [...altnames].sort(),
      ...lower(link, nameOf),
      linkinfo: link.kind === undefined && link.slaveKind === undefined ? undefined : ourInfo(link, nameOf),
    })
  })
}

/** `ip` prints the address of a tunnel as an IP address. Some kernels make such links in each namespace, as `gre0`. */
function addressText(address: string | undefined, type: number): string | undefined {
  if (address === undefined || !tunnelTypes.has(type)) return address
  const bytes = Uint8Array.from(address.split(':'), (pair) => Number.parseInt(pair, 16))
  return (bytes.length === 4 ? formatIpv4 : formatIpv6)(new DataView(bytes.buffer), 0)
}

/** The link below or the other end of a pair: by its name, or by its number in another namespace. */
function lower({ link, linkNetnsid }: Link, nameOf: (ifindex: number) => string): Shown {
  if (link === undefined) return { link_netnsid: linkNetnsid }
  if (linkNetnsid !== undefined) return { link_index: link, link_netnsid: linkNetnsid }
  return { link: link === 0 ? null : nameOf(link) }
}

function ourInfo(link: Link, nameOf: (ifindex: number) => string): Shown {
  const { kind, slaveKind, vxlan, bridge, macvlan, vrf, bridgePort } = link
  const group = vxlan?.group
  const isMulticast = group !== undefined && /^(22[4-9]|23\d|ff)/.test(group)
  const data = vxlan
    ? {
        id: vxlan.id,
        group: isMulticast ? group : undefined,
        remote: isMulticast ? undefined : group,
        link: vxlan.link === undefined ? undefined : nameOf(vxlan.link),
        local: vxlan.local,
        learning: vxlan.learning === 1,
        port: vxlan.port,
        gbp: vxlan.gbp,
        external: vxlan.collectMetadata === 1 ? true : undefined,
        vnifilter: vxlan.vnifilter === 1 ? true : undefined,
      }
    : bridge
      ? {
          ageing_time: bridge.ageingTime,
          stp_state: bridge.stpState,
          vlan_filtering: bridge.vlanFiltering,
          vlan_protocol: bridge.vlanProtocol === undefined ? undefined : '802.1Q',
          mcast_snooping: bridge.mcastSnooping,
        }
      : macvlan
        ? { mode: macvlanModes[macvlan.mode ?? 0] }
        : vrf
  const port = bridgePort as Readonly<Record<string, number>> | undefined
  const shownPort =
    port &&
    Object.fromEntries(Object.entries(portFields).map(([name, ours]) => [name, portValue(name, port[ours], nameOf)]))
  return { info_kind: kind, info_data: data, info_slave_kind: slaveKind, info_slave_data: shownPort }
}

const portNumbers = new Set(['priority', 'cost', 'multicast_router'])

function portValue(name: string, value: number | undefined, nameOf: (ifindex: number) => string): unknown {
  if (value === undefined || portNumbers.has(name)) return value
  if (name === 'state') return portStates[value]
  return name === 'backup_port' ? nameOf(value) : value === 1
}
