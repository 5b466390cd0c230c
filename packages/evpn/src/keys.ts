import type { Arp, Fdb, Flood, Group, Notice, Remote, Unresolved, Vni, Vtep } from './entries.ts'

/** Identifies a VNI. */
export type VniKey = Pick<Vni, 'vni'>
/** Identifies a remote endpoint of a VNI. */
export type VtepKey = Pick<Vtep, 'vni' | 'ip' | 'port' | 'encapVni'>
/** Identifies an entry by which a vxlan floods. */
export type FloodKey = Pick<Flood, 'vni' | 'ifindex' | 'remote' | 'nhId'>
/** Identifies a group of nexthops as a VNI uses it. */
export type GroupKey = Pick<Group, 'vni' | 'nhId'>
/** Identifies a remote hardware address. */
export type FdbKey = Pick<Fdb, 'vni' | 'mac'>
/** Identifies a binding; `family` is `AF_INET` or `AF_INET6`. */
export type ArpKey = Pick<Arp, 'vni' | 'family' | 'ip'>
/** Identifies a row that leads nowhere. */
export type UnresolvedKey = Pick<Unresolved, 'table' | 'row'>
/** Identifies a notice. */
export type NoticeKey = Pick<Notice, 'kind' | 'subject'>

export const vniKey = ({ vni }: VniKey): string => String(vni)
export const vtepKey = ({ vni, ip, port, encapVni }: VtepKey): string => `${vni} ${ip} ${port} ${encapVni}`
export const groupKey = ({ vni, nhId }: GroupKey): string => `${vni} ${nhId}`
export const fdbKey = ({ vni, mac }: FdbKey): string => `${vni} ${mac}`
export const arpKey = ({ vni, family, ip }: ArpKey): string => `${vni} ${family} ${ip}`
export const unresolvedKey = ({ table, row }: UnresolvedKey): string => `${table} ${row}`
export const noticeKey = ({ kind, subject }: NoticeKey): string => `${kind} ${subject}`

export function floodKey({ vni, ifindex, remote, nhId }: FloodKey): string {
  return `${vni} ${ifindex} ${remote === undefined ? `nhid ${nhId}` : remoteText(remote)}`
}

export function remoteText({ ip, port, encapVni, via }: Remote): string {
  return `${ip} ${port} ${encapVni}${via === undefined ? '' : ` via ${via}`}`
}
