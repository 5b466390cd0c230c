import { type DerivedLife, DerivedRows } from '@rtnl/live-table'
import type { Arp, Flood, Group, Notice, Unresolved, Vni, Vtep } from '../entries.ts'
import { groupKey } from '../keys.ts'
import { MacRows } from './mac-rows.ts'

/** How many entries of each collection were derived, also those that came out as they were. */
export type DerivedCounts = Record<'vnis' | 'vteps' | 'floods' | 'groups' | 'fdb' | 'arps', number>

/** The rows of the collections. */
export class Rows {
  readonly vnis: DerivedRows<Vni>
  readonly vteps: DerivedRows<Vtep>
  readonly floods: DerivedRows<Flood>
  readonly groups: DerivedRows<Group>
  readonly fdb: MacRows
  readonly arps: DerivedRows<Arp>
  readonly unresolved: DerivedRows<Unresolved>
  readonly notices: DerivedRows<Notice>
  readonly derived: DerivedCounts = { vnis: 0, vteps: 0, floods: 0, groups: 0, fdb: 0, arps: 0 }

  constructor(life: DerivedLife) {
    this.vnis = new DerivedRows({ name: 'vnis', ...life })
    this.vteps = new DerivedRows({ name: 'vteps', ...life })
    this.floods = new DerivedRows({ name: 'floods', ...life })
    this.groups = new DerivedRows({ name: 'groups', ...life })
    this.fdb = new MacRows(life, (vni, nhId) => this.groups.get(groupKey({ vni, nhId })))
    this.arps = new DerivedRows({ name: 'arps', ...life })
    this.unresolved = new DerivedRows({ name: 'unresolved', ...life })
    this.notices = new DerivedRows({ name: 'notices', ...life })
  }

  get all(): readonly Pick<DerivedRows<unknown>, 'end' | 'resynced' | 'incompleteChanged'>[] {
    const { vnis, vteps, floods, groups, fdb, arps, unresolved, notices } = this
    return [vnis, vteps, floods, groups, fdb, arps, unresolved, notices]
  }
}
