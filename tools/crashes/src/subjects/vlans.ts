import { type Vlan, vlanOwner } from '@rtnl/bridge'
import { type Content, type Item, subject } from '../subject.ts'
import { ifindex, run, type Told, told } from '../tools.ts'
import { bridgeSetup } from './links.ts'

const untagged = 4

interface Ranges extends Told {
  readonly ifname: string
  readonly vlans?: readonly Range[]
  readonly tunnels?: readonly Range[]
}

interface Range {
  readonly vlan: number
  readonly vlanEnd?: number
  readonly flags?: readonly string[]
  readonly tunid?: number
}

function textOfVlan(vid: number, isUntagged: boolean, tunnel: number | undefined): string {
  return `${vid}${isUntagged ? ' untagged' : ''}${tunnel === undefined ? '' : ` tunnel ${tunnel}`}`
}

function eachOf({ vlan, vlanEnd = vlan }: Range): number[] {
  return Array.from({ length: vlanEnd - vlan + 1 }, (_, more) => vlan + more)
}

function contentOf(netns: string): Content {
  const tunnels = new Map<string, number>()
  for (const { ifname, tunnels: all = [] } of told(netns, 'bridge vlan tunnelshow') as readonly Ranges[]) {
    for (const range of all) {
      for (const vid of eachOf(range)) tunnels.set(`${ifname} ${vid}`, Number(range.tunid) + vid - range.vlan)
    }
  }
  const ours: { place: string; told: string }[] = []
  const others: string[] = []
  for (const { ifname, vlans = [] } of told(netns, 'bridge vlan') as readonly Ranges[]) {
    for (const range of vlans) {
      for (const vid of eachOf(range)) {
        const { flags = [] } = range
        const text = textOfVlan(vid, flags.includes('Egress Untagged'), tunnels.get(`${ifname} ${vid}`))
        if (ifname === 'v0') ours.push({ place: String(vid), told: text })
        else others.push(`${ifname} ${text}`)
      }
    }
  }
  return { ours, others }
}

export const vlans = subject<Vlan>(
  {
    name: 'vlans',
    // A kernel without filtering of VLANs refuses the first line.
    lacking(netns) {
      try {
        run(netns, ['ip link add probe0 type bridge vlan_filtering 1', 'ip link del probe0'])
        return undefined
      } catch {
        return 'the kernel has no filtering of VLANs in bridges (CONFIG_BRIDGE_VLAN_FILTERING)'
      }
    },
    setup: [
      ...bridgeSetup('vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0'),
      'bridge link set dev v0 vlan_tunnel on',
    ],
    others: ['bridge vlan add vid 900-910 dev v1', 'bridge vlan add vid 10 dev br0 self'],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        // Neighbours are shown, and could be written, as ranges.
        const vid = 100 + index
        const version = (flags: number, tunnelId: number | undefined): Item => ({
          wanted: tunnelId === undefined ? { vid, flags } : { vid, flags, tunnelId },
          place: String(vid),
          told: textOfVlan(vid, flags === untagged, tunnelId),
          // A tunnel id is taken away with the VLAN alone.
          recreated: tunnelId !== undefined,
        })
        if (index % 3 === 0) return [version(0, undefined), version(untagged, undefined)]
        if (index % 3 === 1) return [version(0, undefined), version(0, 1000 + index)]
        return [version(0, 1000 + index), version(untagged, 2000 + index)]
      }),
    content: contentOf,
  },
  async (netns) => vlanOwner({ ifindex: ifindex(netns, 'v0') }),
)
