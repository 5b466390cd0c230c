import { type Neighbor, NeighborFlag, NeighborState } from '@rtnl/neighbor'
import type { CheckedConfig } from '../config.ts'
import type { Flood, Reason, Remote } from '../entries.ts'
import type { Device } from '../topology/device.ts'
import { isMulticastAddress, isNoAddress } from './addresses.ts'

/**
 * What a forwarding entry of a vxlan means.
 * - `mac`: a hardware address of a VNI is behind a remote or a group of nexthops
 * - `flood`: a VNI sends broadcasts there
 * - `reason`: it leads nowhere
 * - `ignored`: the vxlan has learned it by itself
 */
export type Meaning =
  | {
      readonly kind: 'mac'
      readonly vni: number
      readonly mac: string
      readonly nhId: number | undefined
      readonly remote: Remote | undefined
    }
  | { readonly kind: 'flood'; readonly flood: Flood }
  | { readonly kind: 'reason'; readonly reason: Reason; readonly vni: number | undefined }
  | { readonly kind: 'ignored' }

/**
 * @param isKnown whether there is a VNI
 */
export function meaningOf(
  row: Neighbor,
  device: Device,
  config: CheckedConfig,
  isKnown: (vni: number) => boolean,
): Meaning {
  const { lladdr: mac = '', dst, nhId } = row
  const isZero = isZeroMac(mac)
  if (!isZero && !isFollowedState(row, config)) return { kind: 'ignored' }
  const vni = vniOfRow(row, device)
  if (vni === undefined) return { kind: 'reason', reason: 'no-vni', vni }
  if (!isKnown(vni)) return { kind: 'reason', reason: 'vni-not-configured', vni }
  if (!isZero && isGroupMac(mac)) return { kind: 'reason', reason: 'multicast-mac', vni }
  if (nhId !== undefined && nhId !== 0) {
    if (!isZero) return { kind: 'mac', vni, mac, nhId, remote: undefined }
    return { kind: 'flood', flood: { vni, ifindex: row.ifindex, kind: 'group', nhId } }
  }
  if (dst === undefined || isNoAddress(dst)) return { kind: 'reason', reason: 'no-remote', vni }
  const remote = remoteOf(row, dst, vni, device, config)
  if (isZero) {
    const kind = isMulticastAddress(dst) ? 'multicast' : 'vtep'
    return { kind: 'flood', flood: { vni, ifindex: row.ifindex, kind, remote } }
  }
  if (isMulticastAddress(dst)) return { kind: 'reason', reason: 'multicast-remote', vni }
  return { kind: 'mac', vni, mac, nhId: undefined, remote }
}

/** The VNI that an entry is of. `NDA_VNI` is not asked: it is what goes on the wire. */
export function vniOfRow({ srcVni }: Neighbor, { id }: Device): number | undefined {
  return id ?? srcVni
}

/** UDP port of remotes for which the kernel shows none. */
export function portOf(device: Device, { defaultPort }: CheckedConfig): number {
  return defaultPort === 'device' ? device.port : defaultPort
}

/** Who has made an entry. Speakers make addresses that do not move sticky, and do not say that they are learned from elsewhere. */
export function originOf({ state, flags }: Neighbor): 'controlPlane' | 'static' | 'learned' {
  if ((flags & (NeighborFlag.EXT_LEARNED | NeighborFlag.STICKY)) !== 0) return 'controlPlane'
  return (state & (NeighborState.NOARP | NeighborState.PERMANENT)) !== 0 ? 'static' : 'learned'
}

function isFollowedState(row: Neighbor, { learned }: CheckedConfig): boolean {
  return learned || originOf(row) !== 'learned'
}

/** Whether a hardware address is that of a host: neither zero nor that of a group. */
export function isHostMac(mac: string | undefined): mac is string {
  return mac !== undefined && !isZeroMac(mac) && !isGroupMac(mac)
}

function isZeroMac(mac: string): boolean {
  return (mac === '' || mac.startsWith('0')) && /^[0:]*$/.test(mac)
}

function isGroupMac(mac: string): boolean {
  const digit = mac.charCodeAt(1)
  // Letters of odd digits have even codes.
  return ((digit > 57 ? digit + 1 : digit) & 1) !== 0
}

function remoteOf(
  { port, vni: encapVni, viaIfindex }: Neighbor,
  ip: string,
  vni: number,
  device: Device,
  config: CheckedConfig,
): Remote {
  const remote = { ip, port: port ?? portOf(device, config), encapVni: encapVni ?? vni }
  return viaIfindex === undefined ? remote : { ...remote, via: viaIfindex }
}
