import { DerivedRows, type DerivedRowsOptions } from '@rtnl/live-table'
import type { Arp, Fdb, Flood, Group, Notice, Unresolved, Vni, Vtep } from '../entries.ts'
import { groupKey } from '../keys.ts'

/** An entry of `fdb` without what it has of its group. */
export type StoredFdb = Omit<Fdb, 'paths'> & { readonly paths?: Fdb['paths'] }

/** How many entries of each collection were derived, also those that came out as they were. */
export type DerivedCounts = Record<'vnis' | 'vteps' | 'floods' | 'groups' | 'fdb' | 'arps', number>

/** The rows of the collections. */
export class Rows {
  readonly vnis: DerivedRows<Vni>
  readonly vteps: DerivedRows<Vtep>
  readonly floods: DerivedRows<Flood>
  readonly groups: DerivedRows<Group>
  /** Entries behind a group do not hold its paths, so that a change of the group need not touch them. */
  readonly fdb: DerivedRows<Fdb, StoredFdb>
  readonly arps: DerivedRows<Arp>
  readonly unresolved: DerivedRows<Unresolved>
  readonly notices: DerivedRows<Notice>
  readonly derived: DerivedCounts = { vnis: 0, vteps: 0, floods: 0, groups: 0, fdb: 0, arps: 0 }

  constructor(life: Pick<DerivedRowsOptions<never, never>, 'ref' | 'unref' | 'incomplete'>) {
    this.vnis = new DerivedRows({ name: 'vnis', ...life })
    this.vteps = new DerivedRows({ name: 'vteps', ...life })
    this.floods = new DerivedRows({ name: 'floods', ...life })
    this.groups = new DerivedRows({ name: 'groups', ...life })
    this.fdb = new DerivedRows({ name: 'fdb', ...life, show: (stored) => this.fdbWith(stored) })
    this.arps = new DerivedRows({ name: 'arps', ...life })
    this.unresolved = new DerivedRows({ name: 'unresolved', ...life })
    this.notices = new DerivedRows({ name: 'notices', ...life })
  }

  get all(): readonly Pick<DerivedRows<unknown>, 'end' | 'resynced' | 'incompleteChanged'>[] {
    const { vnis, vteps, floods, groups, fdb, arps, unresolved, notices } = this
    return [vnis, vteps, floods, groups, fdb, arps, unresolved, notices]
  }

  /** The entry that readers see: with the paths of its group, which all its entries share. */
  fdbWith(stored: StoredFdb): Fdb {
    const { vni, nhId } = stored
    if (nhId === undefined) return stored as Fdb
    return { ...stored, paths: this.groups.get(groupKey({ vni, nhId }))?.paths ?? [] }
  }
}
