import { ReverseIndex, type TableView } from '@rtnl/live-table'
import type { Link } from './message.ts'

/** Kinds of links that come in pairs: `link` of each end is the other one. */
const pairKinds: ReadonlySet<string | undefined> = new Set(['veth', 'netkit', 'vxcan'])

export function isEndOfPair({ kind }: Link): boolean {
  return pairKinds.has(kind)
}

/** Which links of a table refer to which. Kept up to date by an observer of the table, for as long as it lives. */
export class LinkRelations {
  /** Links by the link below them, or by the other end of a pair; also those of which it is in another namespace. */
  readonly uppers = new ReverseIndex()
  /** Links above one in another namespace, but for ends of pairs. */
  readonly away = new Set<number>()
  /** Links by HSR or PRP, whose links below are not in `link`. */
  readonly redundant = new Set<number>()
  /** Ports of a bridge by their backup port. */
  readonly backups = new ReverseIndex()

  constructor(table: TableView<Link>) {
    for (const entry of table) this.#change(undefined, entry)
    table.observe((old, next) => this.#change(old, next))
  }

  #change(old: Link | undefined, next: Link | undefined): void {
    if (old === next) return
    if (old !== undefined) {
      if (old.link !== undefined) this.uppers.delete(old.link, old.ifindex)
      this.away.delete(old.ifindex)
      this.redundant.delete(old.ifindex)
      const backup = old.bridgePort?.backupPort
      if (backup !== undefined) this.backups.delete(backup, old.ifindex)
    }
    if (next !== undefined) {
      if (next.link !== undefined) this.uppers.add(next.link, next.ifindex)
      if (next.link !== undefined && next.linkNetnsid !== undefined && !isEndOfPair(next)) this.away.add(next.ifindex)
      if (next.kind === 'hsr') this.redundant.add(next.ifindex)
      const backup = next.bridgePort?.backupPort
      if (backup !== undefined) this.backups.add(backup, next.ifindex)
    }
  }
}

/** The relations of the links of a table, gathered with the first call. */
export function linkRelations(table: TableView<Link>): LinkRelations {
  return table.index(makeLinkRelations)
}

function makeLinkRelations(table: TableView<Link>): LinkRelations {
  return new LinkRelations(table)
}
