import { type Vlan, VlanFlag, VlanState } from '@rtnl/bridge'
import { ifindexes, show } from './netns.ts'

/** A bridge whose VLANs are all made by hand, with two ports. */
export const vlanSetup = [
  'ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0',
  'ip link set br0 addrgenmode none up',
  ...['v0', 'v1'].flatMap((port) => [
    `ip link add ${port} type veth peer name p${port}`,
    `ip link set ${port} addrgenmode none master br0 up`,
    `ip link set p${port} addrgenmode none up`,
  ]),
]

interface ShownVlans {
  readonly ifname: string
  readonly vlans: readonly {
    readonly vlan: number
    readonly vlanEnd?: number
    readonly flags?: readonly string[]
    readonly state?: string
    readonly neigh_suppress?: boolean
  }[]
}

interface ShownTunnels {
  readonly ifname: string
  readonly tunnels: readonly { readonly vlan: number; readonly vlanEnd?: number; readonly tunid: number }[]
}

const states = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

const flagNames = [
  [VlanFlag.PVID, 'PVID'],
  [VlanFlag.UNTAGGED, 'Egress Untagged'],
] as const

/** What counts of a VLAN and what `bridge` shows of it. */
export function vlanText({ ifindex, vid, flags = 0, state, tunnelId }: Vlan): string {
  const names = flagNames.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
  return JSON.stringify([ifindex, vid, names, states[state ?? VlanState.FORWARDING], tunnelId])
}

/** What `bridge vlan`, its details and `bridge vlan tunnelshow` show, as `vlanText` says it. */
export function shownVlans(netns: string): string[] {
  const indexes = ifindexes(netns)
  const tunnels = new Map<string, number>()
  for (const { ifname, tunnels: all } of show<ShownTunnels>(netns, 'bridge vlan tunnelshow')) {
    for (const { vlan, vlanEnd = vlan, tunid } of all) {
      for (let vid = vlan; vid <= vlanEnd; vid++) tunnels.set(`${ifname} ${vid}`, tunid + vid - vlan)
    }
  }
  // With statistics: without them Linux 5.10 leaves VLANs out. The list itself is another request, which leaves out none.
  const details = show<ShownVlans>(netns, 'bridge -s -d vlan')
  const statesOf = new Map(eachVlan(details).map(({ ifname, vid, state }) => [`${ifname} ${vid}`, state]))
  return eachVlan(show<ShownVlans>(netns, 'bridge vlan')).map(({ ifname, vid, flags }) => {
    const at = `${ifname} ${vid}`
    return JSON.stringify([indexes.get(ifname), vid, flags, statesOf.get(at), tunnels.get(at)])
  })
}

function eachVlan(shown: readonly ShownVlans[]) {
  return shown.flatMap(({ ifname, vlans }) =>
    vlans.flatMap(({ vlan, vlanEnd = vlan, flags = [], state = 'forwarding' }) =>
      Array.from({ length: vlanEnd - vlan + 1 }, (_, more) => ({ ifname, vid: vlan + more, flags, state })),
    ),
  )
}
