import type { Link } from '@rtnl/link'
import type { InterfaceNames } from './interface-names.ts'

const macvlanModes = new Map([
  [1, 'private'],
  [2, 'vepa'],
  [4, 'bridge'],
  [8, 'passthru'],
  [16, 'source'],
])

/** `VLAN_FLAG_*` (`linux/if_vlan.h`), in the order in which `ip` prints them */
const vlanFlags = [
  [0x1, 'REORDER_HDR'],
  [0x2, 'GVRP'],
  [0x8, 'MVRP'],
  [0x4, 'LOOSE_BINDING'],
  [0x10, 'BRIDGE_BINDING'],
] as const

const vlanProtocols = new Map([
  [0x8100, '802.1Q'],
  [0x88a8, '802.1ad'],
])

const vlanProtocolName = (protocol: number): string => vlanProtocols.get(protocol) ?? `[${protocol}]`

/** `BOND_MODE_*` and `BOND_XMIT_POLICY_*` (`linux/if_bonding.h`) */
const bondModes = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb']
const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']

/** The kind of a link and the data of the kind that an entry has, as `ip -d link` prints them. */
export function kindWords(link: Link, names: InterfaceNames): string[] {
  const { kind, vxlan, bridge, macvlan, vrf, vlan, bond } = link
  if (kind === undefined) return []
  if (vxlan !== undefined) return [kind, ...vxlanWords(vxlan, names)]
  if (bridge !== undefined) return [kind, ...bridgeWords(bridge)]
  if (macvlan?.mode !== undefined) return [kind, `mode ${macvlanModes.get(macvlan.mode) ?? '<unknown>'}`]
  if (vrf?.table !== undefined) return [kind, `table ${vrf.table}`]
  if (vlan !== undefined) return [kind, ...vlanWords(vlan)]
  if (bond !== undefined) return [kind, ...bondWords(bond, names)]
  return [kind]
}

function vxlanWords(vxlan: NonNullable<Link['vxlan']>, names: InterfaceNames): string[] {
  const { id, group, link, local, learning, port, gbp, collectMetadata, vnifilter } = vxlan
  const words: string[] = []
  if (collectMetadata === 1) words.push('external')
  if (vnifilter === 1) words.push('vnifilter')
  if (id !== undefined) words.push(`id ${id}`)
  if (group !== undefined) words.push(`${isMulticast(group) ? 'group' : 'remote'} ${group}`)
  if (local !== undefined) words.push(`local ${local}`)
  if (link !== undefined && link !== 0) words.push(`dev ${names.name(link)}`)
  if (port !== undefined) words.push(`dstport ${port}`)
  if (learning === 0) words.push('nolearning')
  if (gbp === true) words.push('gbp')
  return words
}

function isMulticast(address: string): boolean {
  if (address.includes(':')) return /^ff..:/.test(address)
  const first = Number.parseInt(address, 10)
  return first >= 224 && first < 240
}

function bridgeWords(bridge: NonNullable<Link['bridge']>): string[] {
  const { ageingTime, stpState, vlanFiltering, vlanProtocol, mcastSnooping } = bridge
  const words: string[] = []
  if (ageingTime !== undefined) words.push(`ageing_time ${ageingTime}`)
  if (stpState !== undefined) words.push(`stp_state ${stpState}`)
  if (vlanFiltering !== undefined) words.push(`vlan_filtering ${vlanFiltering}`)
  if (vlanProtocol !== undefined) words.push(`vlan_protocol ${vlanProtocolName(vlanProtocol)}`)
  if (mcastSnooping !== undefined) words.push(`mcast_snooping ${mcastSnooping}`)
  return words
}

function vlanWords({ id, flags, protocol }: NonNullable<Link['vlan']>): string[] {
  const words: string[] = []
  if (protocol !== undefined) words.push(`protocol ${vlanProtocolName(protocol)}`)
  if (id !== undefined) words.push(`id ${id}`)
  if (flags !== undefined) {
    const set: string[] = vlanFlags.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
    const left = vlanFlags.reduce((rest, [flag]) => rest & ~flag, flags) >>> 0
    words.push(`<${[...set, ...(left === 0 ? [] : [left.toString(16)])].join(',')}>`)
  }
  return words
}

function bondWords(bond: NonNullable<Link['bond']>, names: InterfaceNames): string[] {
  const { mode, activeSlave, miimon, updelay, downdelay, primary, xmitHashPolicy, minLinks, adLacpRate, adInfo } = bond
  const words: string[] = []
  if (mode !== undefined) words.push(`mode ${bondModes[mode] ?? 'UNKNOWN'}`)
  if (activeSlave !== undefined && activeSlave !== 0) words.push(`active_slave ${names.name(activeSlave)}`)
  if (miimon !== undefined) words.push(`miimon ${miimon}`)
  if (updelay !== undefined) words.push(`updelay ${updelay}`)
  if (downdelay !== undefined) words.push(`downdelay ${downdelay}`)
  if (primary !== undefined && primary !== 0) words.push(`primary ${names.name(primary)}`)
  if (xmitHashPolicy !== undefined) words.push(`xmit_hash_policy ${hashPolicies[xmitHashPolicy] ?? 'UNKNOWN'}`)
  if (minLinks !== undefined) words.push(`min_links ${minLinks}`)
  if (adLacpRate !== undefined) words.push(`lacp_rate ${adLacpRate === 1 ? 'fast' : 'slow'}`)
  if (adInfo !== undefined) {
    const { aggregator, numPorts, actorKey, partnerKey, partnerMac } = adInfo
    words.push(`ad_aggregator ${aggregator}`, `ad_num_ports ${numPorts}`, `ad_actor_key ${actorKey}`)
    words.push(`ad_partner_key ${partnerKey}`, `ad_partner_mac ${partnerMac}`)
  }
  return words
}
