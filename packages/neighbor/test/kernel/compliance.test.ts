// timeout: 180
import { compliance, ifindex, ifindexes, json } from '@rtnl/compliance'
import { fdbDefinition, type Neighbor, neighborDefinition } from '@rtnl/neighbor'
import { suite } from 'uvu'

interface IpNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
}

interface BridgeEntry {
  readonly mac: string
  readonly ifname: string
  readonly dst?: string
  readonly nhid?: number
  readonly flags: readonly string[]
  readonly state?: string
}

const numbers = Array.from({ length: 800 }, (_, index) => index + 10)

const neighbors = suite('compliance of neighbours')
compliance<Neighbor>(neighbors, {
  definition: neighborDefinition,
  setup: [
    'ip link add v0 type veth peer name p0',
    'ip link set v0 up',
    'ip link set p0 up',
    'ip addr add 10.0.0.1/16 dev v0',
  ],
  add: [
    'ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
    'ip neigh add fd00::2 lladdr 02:00:00:00:00:02 dev v0 nud noarp',
  ],
  change: [
    'ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:03 dev v0',
    'ip neigh replace fd00::2 lladdr 02:00:00:00:00:02 dev v0 nud permanent',
  ],
  remove: ['ip neigh del 10.0.0.2 dev v0', 'ip neigh del fd00::2 dev v0'],
  flood: numbers.flatMap((number) => {
    const dst = `10.0.${number >> 8}.${number & 255}`
    return [
      `ip neigh add ${dst} lladdr 02:00:00:00:00:05 dev v0 nud permanent`,
      `ip neigh replace ${dst} lladdr 02:00:00:00:00:06 dev v0 nud permanent`,
      ...(number % 2 === 0 ? [`ip neigh del ${dst} dev v0`] : []),
    ]
  }),
  identity: ({ ifindex: index, dst, lladdr }) => `${index} ${dst} ${lladdr}`,
  truth: (netns) => {
    const index = ifindex(netns, 'v0')
    return json<IpNeighbor>(netns, 'ip neigh show dev v0 nud all').flatMap(({ dst, lladdr }) =>
      // Those of groups are made by the kernel, in silence.
      lladdr === undefined || /^(ff|22[4-9]|23\d)/.test(dst) ? [] : [`${index} ${dst} ${lladdr}`],
    )
  },
})
neighbors.run()

const fdb = suite('compliance of forwarding entries')
compliance<Neighbor>(fdb, {
  definition: fdbDefinition,
  setup: [
    // With VLAN filtering an entry without a VLAN would be one for VLAN 1 too.
    'ip link add br0 type bridge vlan_default_pvid 0',
    'ip link set br0 up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 master br0',
    'ip link set v0 up',
    'ip link add vx0 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning',
    'ip link set vx0 up',
    'ip nexthop add id 1 via 192.0.2.1 fdb',
    'ip nexthop add id 10 group 1 fdb',
  ],
  add: [
    'bridge fdb add 02:aa:00:00:00:01 dev v0 master static',
    'bridge fdb add 02:bb:00:00:00:01 dev vx0 dst 192.0.2.2',
    'bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.3',
  ],
  change: [
    'bridge fdb replace 02:aa:00:00:00:01 dev v0 master permanent',
    'bridge fdb replace 02:bb:00:00:00:01 dev vx0 dst 192.0.2.4',
  ],
  remove: ['bridge fdb del 02:bb:00:00:00:01 dev vx0', 'bridge fdb del 00:00:00:00:00:00 dev vx0 dst 192.0.2.3'],
  flood: numbers.flatMap((number) => {
    const lladdr = `02:cc:00:00:0${number >> 8}:${(number & 255).toString(16).padStart(2, '0')}`
    return [
      `bridge fdb add ${lladdr} dev vx0 dst 192.0.2.5`,
      `bridge fdb replace ${lladdr} dev vx0 dst 192.0.2.6`,
      ...(number % 2 === 0 ? [`bridge fdb del ${lladdr} dev vx0`] : []),
    ]
  }),
  silent: {
    before: ['bridge fdb add 02:dd:00:00:00:01 dev vx0 nhid 10'],
    lines: ['ip nexthop del id 10'],
  },
  identity: ({ ifindex: index, lladdr, dst, nhId }) => `${index} ${lladdr} ${dst ?? ''} ${nhId ?? ''}`,
  truth: (netns) => {
    const indexes = ifindexes(netns)
    return json<BridgeEntry>(netns, 'bridge fdb').flatMap(({ mac, ifname, dst, nhid, flags }) =>
      // The address lists of interfaces are no forwarding entries.
      flags.includes('self') && ifname !== 'vx0' ? [] : [`${indexes.get(ifname)} ${mac} ${dst ?? ''} ${nhid ?? ''}`],
    )
  },
})
fdb.run()
