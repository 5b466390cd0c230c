import { type Link, LinkTable } from '@rtnl/link'
import { ifindex, show } from './netns.ts'

export interface IpNeighbor {
  readonly dst: string
  readonly lladdr?: string
  readonly state: readonly string[]
  readonly protocol?: string
}

/**
 * Neighbours of v0 that do not change by themselves, as `ip` shows them: `10.0.0.2 02:00:00:00:00:02 NOARP`. Those of groups
 * are made by the kernel at any time, as it says which groups the interface is in.
 */
export function neighbors(netns: string): string[] {
  return show<IpNeighbor>('ip', netns, 'neigh show dev v0 nud all')
    .filter(({ state }) => state.includes('NOARP') || state.includes('PERMANENT'))
    .filter(({ dst }) => !/^(22[4-9]|23|ff|255)/.test(dst))
    .map(({ dst, lladdr, state }) => `${dst} ${lladdr} ${state.join()}`)
    .sort()
}
export interface BridgeEntry {
  readonly mac: string
  readonly dst?: string
  readonly nhid?: number
  readonly vni?: number
  readonly state: string
}

/**
 * Static entries of an interface, as `bridge` shows them: `02:00:00:00:aa:01 10.0.0.2`. Where bridges have VLANs, the
 * kernel puts an entry in no VLAN into the VLANs of its port too, and removes all.
 */
export function entries(netns: string, name: string): string[] {
  const texts = show<BridgeEntry>('bridge', netns, `fdb show dev ${name}`)
    .filter(({ state }) => state === 'static')
    .map(({ mac, dst, nhid }) =>
      [mac, dst ?? (nhid === undefined ? undefined : `nhid ${nhid}`)].filter(Boolean).join(' '),
    )
  return [...new Set(texts)].sort()
}
export async function linkOf(netns: string, name: string): Promise<Link> {
  await using links = await LinkTable.open({ netns })
  const link = links.get({ ifindex: ifindex(netns, name) })
  if (link === undefined) throw new Error(`no link ${name}`)
  return link
}
