export { Advertisement, type AdvertiseOptions } from './advertise/advertisement.ts'
export type { AdvertisePlace, LocalAddresses, LocalBinding } from './advertise/local.ts'
export { EvpnCollections } from './collections.ts'
export type { EvpnConfig, EvpnSegment } from './config.ts'
export {
  type DatapathAction,
  type DatapathAnswer,
  type DatapathBucket,
  type DatapathEndpoint,
  type DatapathGroup,
  type DatapathMac,
  type DatapathObject,
  type DatapathRows,
  datapathObjects,
} from './datapath/objects.ts'
export {
  type DatapathOperation,
  datapathBatch,
  datapathOperations,
  inDatapathOrder,
  planDatapath,
} from './datapath/operations.ts'
export { type Derived, derive } from './derive.ts'
export { type DeriveLiveOptions, deriveLive } from './derive-live.ts'
export type { DerivedCounts } from './engine/rows.ts'
export type * from './entries.ts'
export { Evpn, type EvpnOptions } from './evpn.ts'
export type { EvpnSourceTables, KeyedTable } from './inputs/keyed.ts'
export type { Snapshots } from './inputs/snapshots.ts'
export type {
  ArpKey,
  FdbKey,
  FloodKey,
  GroupKey,
  NoticeKey,
  UnresolvedKey,
  VniKey,
  VtepKey,
} from './keys.ts'
