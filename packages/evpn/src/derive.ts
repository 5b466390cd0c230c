import { checkConfig, type EvpnConfig } from './config.ts'
import { Engine } from './engine/engine.ts'
import { Rows } from './engine/rows.ts'
import type { Arp, Fdb, Flood, Group, Notice, Unresolved, Vni, Vtep } from './entries.ts'
import { type Snapshots, snapshotInputs } from './inputs/snapshots.ts'

/** The collections, each as a list in no order. */
export interface Derived {
  /** Segments that are configured here. */
  readonly vnis: readonly Vni[]
  /** Remote tunnel endpoints that something refers to. */
  readonly vteps: readonly Vtep[]
  /** Where broadcasts and what nobody knows go. */
  readonly floods: readonly Flood[]
  /** Groups of nexthops, such as Ethernet segments. */
  readonly groups: readonly Group[]
  /** Where remote hardware addresses are. */
  readonly fdb: readonly Fdb[]
  /** Hardware addresses of remote IP addresses. */
  readonly arps: readonly Arp[]
  /** What leads nowhere, and why. */
  readonly unresolved: readonly Unresolved[]
  /** What works otherwise than the speaker means it. */
  readonly notices: readonly Notice[]
}

/**
 * Derives the collections from what the tables of the kernel held at a time. A pure function: it reads nothing else.
 * Identifiers of endpoints are given in the order of the entries.
 * @throws {TypeError | RangeError} an option has a value that it cannot have
 */
export function derive(snapshots: Snapshots, config: EvpnConfig = {}): Derived {
  const rows = new Rows({ ref() {}, unref() {} })
  const engine = new Engine(checkConfig(config), snapshotInputs(snapshots), rows, { latest: snapshots.latest })
  for (const _ of engine.fill());
  while (engine.isDirty) engine.flush()
  return {
    vnis: [...rows.vnis.entries()],
    vteps: [...rows.vteps.entries()],
    floods: [...rows.floods.entries()],
    groups: [...rows.groups.entries()],
    fdb: [...rows.fdb.entries()],
    arps: [...rows.arps.entries()],
    unresolved: [...rows.unresolved.entries()],
    notices: [...rows.notices.entries()],
  }
}
