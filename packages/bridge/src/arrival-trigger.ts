import { type Link, linkDefinition } from '@rtnl/link'
import { onTable, type Partition, type TableTrigger } from '@rtnl/live-table'

/**
 * An interface that comes from another namespace brings its entries along in silence, and one that leaves takes them along in
 * silence. To the namespace it is a link that is there, or is not there any more.
 * @param kind of links that have entries of the table
 * @param partsOf the entries of an interface
 */
export function arrivalTrigger<Entry>(
  kind: string,
  partsOf: (ifindex: number) => readonly Partition<Entry>[],
): TableTrigger<Entry> {
  return onTable(linkDefinition, 'link', (old: Link | undefined, next: Link | undefined) => {
    const ifindex = (next ?? old)?.ifindex
    return ifindex === undefined || (old?.kind === kind) === (next?.kind === kind) ? [] : partsOf(ifindex)
  })
}
