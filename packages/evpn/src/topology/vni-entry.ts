import type { Link } from '@rtnl/link'
import type { Vni } from '../entries.ts'
import { ascending, smallest } from '../numbers.ts'
import { compareAddresses } from '../rules/addresses.ts'
import type { Device } from './device.ts'
import type { Topology } from './topology.ts'

/** What a VNI is here; `undefined` if no vxlan carries it and no segment names it. */
export function vniEntry(vni: number, topology: Topology): Vni | undefined {
  const devices = topology.devicesOf(vni)
  const segment = topology.config.segments?.get(vni)
  if (devices.length === 0 && segment === undefined) return undefined
  const port = devices.find(({ master }) => topology.link(master)?.kind === 'bridge')
  const bridge = topology.link(port?.master)
  const vlan = port === undefined || bridge?.bridge?.vlanFiltering !== 1 ? undefined : vlanOf(vni, port, topology)
  const named = segment?.svi
  const svi = named === undefined ? sviOf(bridge, vlan, topology) : topology.names.ifindex(named)
  const vrf = topology.link(topology.link(svi)?.master)
  return {
    vni,
    devices: devices.map(({ ifindex }) => ifindex),
    ...(bridge === undefined ? {} : { bridge: bridge.ifindex }),
    ...(vlan === undefined ? {} : { vlan }),
    ...(svi === undefined ? {} : { svi }),
    ...(vrf?.kind === 'vrf' ? { vrf: vrf.ifindex } : {}),
    local: [...new Set(devices.flatMap(({ local }) => local ?? []))].sort(compareAddresses),
    ports: ascending(new Set(devices.map((device) => device.port))),
  }
}

/** The VLAN of a port that is mapped to a VNI: that of frames without a tag, of a vxlan that carries many the one with the tunnel id. */
function vlanOf(vni: number, { ifindex, id }: Device, { vlans }: Topology): number | undefined {
  return id === undefined ? vlans.vidOf(ifindex, vni) : vlans.pvid(ifindex)
}

/** A bridge that filters by VLAN has an SVI for each: a VLAN device on it, or the bridge itself, for its frames without a tag. */
function sviOf(bridge: Link | undefined, vlan: number | undefined, topology: Topology): number | undefined {
  if (bridge === undefined) return undefined
  if (bridge.bridge?.vlanFiltering !== 1) return bridge.ifindex
  if (vlan === undefined) return undefined
  const upper = smallest(topology.uppersOf(bridge.ifindex, vlan))
  return upper ?? (topology.vlans.pvid(bridge.ifindex) === vlan ? bridge.ifindex : undefined)
}
