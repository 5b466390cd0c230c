import type { Link } from '@rtnl/link'
import { AddressFamily, familyOfText } from '@rtnl/netlink-core'

/** A vxlan, as far as it matters. */
export interface Device {
  readonly ifindex: number
  readonly name: string
  /** Its VNI; `undefined` for one that carries many. */
  readonly id: number | undefined
  /** Whether it takes only the VNIs of its filter. */
  readonly filtered: boolean
  /** UDP port. */
  readonly port: number
  readonly local: string | undefined
  /** The address family of its remotes: a vxlan has one. The kernel's default is IPv4. */
  readonly family: number
  readonly master: number | undefined
}

/** `VXLAN_PORT` of the kernel: 8472, which a vxlan has that was made without a port. */
const kernelPort = 8472

/** @returns `undefined` for a link that is no vxlan */
export function deviceOf(link: Link | undefined): Device | undefined {
  if (link?.kind !== 'vxlan') return undefined
  const { ifindex, ifname = String(ifindex), vxlan = {}, master } = link
  const external = vxlan.collectMetadata === 1
  const address = vxlan.local ?? vxlan.group
  return {
    ifindex,
    name: ifname,
    id: external ? undefined : (vxlan.id ?? 0),
    filtered: vxlan.vnifilter === 1,
    port: vxlan.port ?? kernelPort,
    local: vxlan.local,
    family: address === undefined ? AddressFamily.INET : familyOfText(address),
    master,
  }
}
