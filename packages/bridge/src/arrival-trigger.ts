import { type Link, linkDefinition } from '@rtnl/link'
import { onTable, type Partition, type TableTrigger } from '@rtnl/live-table'

/**
 * An interface that goes may take its entries along in silence, and one that comes from another namespace may bring some. To the
 * namespace it is a link that is there, or is not there any more.
 * @param kinds of links that have entries of the table
 * @param partsOf the entries of an interface
 */
export function arrivalTrigger<Entry>(
  kinds: readonly string[],
  partsOf: (ifindex: number) => readonly Partition<Entry>[],
): TableTrigger<Entry> {
  return onTable(linkDefinition, 'link', (old: Link | undefined, next: Link | undefined) => {
    const ifindex = (next ?? old)?.ifindex
    return ifindex === undefined || has(kinds, old) === has(kinds, next) ? [] : partsOf(ifindex)
  })
}

function has(kinds: readonly string[], link: Link | undefined): boolean {
  return link?.kind !== undefined && kinds.includes(link.kind)
}
