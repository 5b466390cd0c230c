import type { Link } from '@rtnl/link'
import type { InterfaceNames } from './interface-names.ts'

const macvlanModes = new Map([
  [1, 'private'],
  [2, 'vepa'],
  [4, 'bridge'],
  [8, 'passthru'],
  [16, 'source'],
])

/** The kind of a link and the data of the kind that an entry has, as `ip -d link` prints them. */
export function kindWords({ kind, vxlan, bridge, macvlan, vrf }: Link, names: InterfaceNames): string[] {
  if (kind === undefined) return []
  if (vxlan !== undefined) return [kind, ...vxlanWords(vxlan, names)]
  if (bridge !== undefined) return [kind, ...bridgeWords(bridge)]
  if (macvlan?.mode !== undefined) return [kind, `mode ${macvlanModes.get(macvlan.mode) ?? '<unknown>'}`]
  if (vrf?.table !== undefined) return [kind, `table ${vrf.table}`]
  return [kind]
}

function vxlanWords(vxlan: NonNullable<Link['vxlan']>, names: InterfaceNames): string[] {
  const { id, group, link, local, learning, port, collectMetadata } = vxlan
  const words: string[] = []
  if (collectMetadata === 1) words.push('external')
  if (id !== undefined) words.push(`id ${id}`)
  if (group !== undefined) words.push(`${isMulticast(group) ? 'group' : 'remote'} ${group}`)
  if (local !== undefined) words.push(`local ${local}`)
  if (link !== undefined && link !== 0) words.push(`dev ${names.name(link)}`)
  if (port !== undefined) words.push(`dstport ${port}`)
  if (learning === 0) words.push('nolearning')
  return words
}

function isMulticast(address: string): boolean {
  if (address.includes(':')) return /^ff..:/.test(address)
  const first = Number.parseInt(address, 10)
  return first >= 224 && first < 240
}

function bridgeWords({ ageingTime, stpState, vlanFiltering }: NonNullable<Link['bridge']>): string[] {
  const words: string[] = []
  if (ageingTime !== undefined) words.push(`ageing_time ${ageingTime}`)
  if (stpState !== undefined) words.push(`stp_state ${stpState}`)
  if (vlanFiltering !== undefined) words.push(`vlan_filtering ${vlanFiltering}`)
  return words
}
