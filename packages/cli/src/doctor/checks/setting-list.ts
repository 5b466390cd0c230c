/** A setting of a network namespace. Source of the meanings: Documentation/networking/ip-sysctl.rst of Linux. */
export interface Setting {
  /** Without `net.`. One that each interface has is written without the interface: `ipv4.conf.NAME`. */
  readonly name: string
  readonly perInterface?: true
  /** What it is unless somebody changes it. */
  readonly usual: string
  /** What values mean for what is seen; `other`: those that are not named. */
  readonly meanings: Readonly<Record<string, string>>
}

const hashPolicy = {
  '0': 'packets take a hop by their addresses; rtnl explain shows the same',
  '1': 'packets take a hop by addresses and ports; rtnl explain asks without ports, and may show another hop',
  '2': 'packets in a tunnel take a hop by their inner addresses; rtnl explain may show another hop',
  '3': 'packets take a hop by the fields of fib_multipath_hash_fields; rtnl explain may show another hop',
}

const offloadNotices = {
  '0': 'that hardware takes over a route is announced by no message: the flags offload and trap may be old',
  '1': 'that hardware takes over a route is announced: one more message for each route',
  '2': 'only that hardware refuses a route is announced: the flags offload and trap may be old',
}

const linkdown = {
  '0': 'the kernel uses routes of a link without carrier, which are shown with linkdown',
  other: 'the kernel does not use routes of a link without carrier, which are shown with dead and linkdown',
}

/** What the READMEs of the tables speak of, and the other settings after which people ask why they see what they see. */
export const settings: readonly Setting[] = [
  {
    name: 'ipv4.nexthop_compat_mode',
    usual: '1',
    meanings: {
      '0': 'routes with a nexthop object show its id alone, and go with it without messages; tables learn of it from the nexthop',
      '1': 'routes with a nexthop object also show its hops to ip, and are announced again when it changes',
    },
  },
  {
    name: 'ipv6.route.skip_notify_on_dev_down',
    usual: '0',
    meanings: {
      '0': 'each IPv6 route that goes with its link is announced',
      other: 'IPv6 routes go with their link without messages, as IPv4 routes do; tables read them again (inferred)',
    },
  },
  { name: 'ipv4.fib_notify_on_flag_change', usual: '0', meanings: offloadNotices },
  { name: 'ipv6.fib_notify_on_flag_change', usual: '0', meanings: offloadNotices },
  { name: 'ipv4.conf.ignore_routes_with_linkdown', perInterface: true, usual: '0', meanings: linkdown },
  { name: 'ipv6.conf.ignore_routes_with_linkdown', perInterface: true, usual: '0', meanings: linkdown },
  {
    name: 'ipv6.conf.keep_addr_on_down',
    perInterface: true,
    usual: '0',
    meanings: {
      '0': 'a link that goes down loses its IPv6 addresses, and the routes of their prefixes',
      '1': 'a link that goes down keeps its static global IPv6 addresses',
      other: 'a link that goes down loses its IPv6 addresses, whatever the setting of all is',
    },
  },
  {
    name: 'ipv6.conf.disable_ipv6',
    perInterface: true,
    usual: '0',
    meanings: {
      '0': 'interfaces have IPv6',
      other: 'no IPv6: no addresses, routes and neighbours of it',
    },
  },
  {
    name: 'ipv4.conf.promote_secondaries',
    perInterface: true,
    usual: '0',
    meanings: {
      '0': 'with the first IPv4 address of a prefix the others of the prefix go',
      other: 'when the first IPv4 address of a prefix goes, the next one takes its place',
    },
  },
  {
    name: 'ipv4.conf.arp_evict_nocarrier',
    perInterface: true,
    usual: '1',
    meanings: {
      '0': 'neighbours stay when a link loses its carrier',
      '1': 'a link that loses its carrier loses its IPv4 neighbours but permanent ones',
    },
  },
  {
    name: 'ipv6.conf.ndisc_evict_nocarrier',
    perInterface: true,
    usual: '1',
    meanings: {
      '0': 'neighbours stay when a link loses its carrier',
      '1': 'a link that loses its carrier loses its IPv6 neighbours but permanent ones',
    },
  },
  { name: 'ipv4.fib_multipath_hash_policy', usual: '0', meanings: hashPolicy },
  { name: 'ipv6.fib_multipath_hash_policy', usual: '0', meanings: hashPolicy },
  {
    name: 'ipv4.fib_multipath_use_neigh',
    usual: '0',
    meanings: {
      '0': 'hops whose neighbour does not answer are used like others',
      other: 'hops whose neighbour has failed are not used, which no route shows',
    },
  },
]
