import { type Link, linkDefinition } from '@rtnl/link'
import type { TableView } from '@rtnl/live-table'
import type { Neighbor } from '../message.ts'

/** The bridge that may have local entries at a link: the link itself, or its master, which may be of another kind. */
export function bridgeOf(link: Link | undefined): number | undefined {
  return link?.kind === 'bridge' ? link.ifindex : link?.master
}

/**
 * Whether an interface may be handed entries of a bridge.
 * @param table a table that depends on links
 * @param bridge unknown: any
 */
export function mayGain(table: TableView<Neighbor>, ifindex: number, bridge: number | undefined): boolean {
  const links = table.dependency(linkDefinition)
  return links?.state !== 'live' || bridge === undefined || bridgeOf(links.get({ ifindex })) === bridge
}
