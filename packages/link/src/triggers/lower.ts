import { type EntryTrigger, onEntry, type TableView } from '@rtnl/live-table'
import { LinkFlag } from '../constants.ts'
import type { Link } from '../message.ts'
import { wholeTable } from '../partition.ts'
import { linkRelations } from '../relations.ts'

/** Kinds of links whose MTU follows that of the link below without a notification. */
const mtuKinds: ReadonlySet<string | undefined> = new Set(['ipvlan', 'ipvtap'])
/** Kinds of links whose carrier is that of the link below. */
const carrierKinds: ReadonlySet<string | undefined> = new Set([
  'vlan',
  'macvlan',
  'macvtap',
  'ipvlan',
  'ipvtap',
  'macsec',
])

/**
 * When the MTU of a link changes, so does that of links above it, without a notification. When its carrier changes, so does
 * that of links above it that are down.
 */
export const lowerTrigger: EntryTrigger<Link> = onEntry('lower', (old, next, table) => {
  if (next === undefined) return []
  const mtu = old !== undefined && old.mtu !== next.mtu
  // During a relist the relations lack links that the dump has shown but the table does not hold yet.
  const affected = table.state === 'live' ? hasFollower(table, next, mtu) : mtu || old?.carrier !== next.carrier
  return affected ? [wholeTable] : []
})

/** @param mtu whether the MTU of the link changed */
function hasFollower(table: TableView<Link>, lower: Link, mtu: boolean): boolean {
  const { uppers, redundant } = linkRelations(table)
  if (mtu && redundant.size > 0) return true
  for (const ifindex of uppers.users(lower.ifindex)) {
    const upper = table.get({ ifindex })
    if (upper === undefined) continue
    if (mtu && mtuKinds.has(upper.kind)) return true
    const down = (upper.flags & LinkFlag.UP) === 0
    if (down && carrierKinds.has(upper.kind) && upper.carrier !== lower.carrier) return true
  }
  return false
}
