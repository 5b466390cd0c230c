export { rememberedSeconds } from './activity/rate.ts'
export {
  type ActivityModule,
  type ActivityReading,
  type ActivityTable,
  type ChangedRow,
  type RowHistory,
  type SeenChange,
  type SeenResync,
  TableActivity,
  type TableReading,
} from './activity/table-activity.ts'
export type { Counted } from './activity/tally.ts'
export { BadEntryError } from './desired/bad-entry-error.ts'
export { type DuplicateName, findDuplicateName } from './desired/duplicate-name.ts'
export { inFields } from './desired/in-fields.ts'
export { additivePlaces, markedPlaces, type Place, type Places } from './desired/places.ts'
export {
  type CompanionTable,
  checkOwnerOptions,
  type OwnerOptions,
  parseProtocol,
  type TableSync,
  UnfitInterfaceError,
} from './desired/table-sync.ts'
export { type LineModule, lineText } from './line-module.ts'
export { AddressRange } from './tables/address-range.ts'
export { type EntryValues, havingValues, valueFor } from './tables/entry-values.ts'
export {
  type EvpnCollection,
  type EvpnTrouble,
  evpnCollections,
  evpnDifference,
  evpnNaming,
  evpnText,
  evpnWords,
  findEvpnCollection,
} from './tables/evpn.ts'
export { isSameInterface } from './tables/fdb.ts'
export { type ChosenInterface, type FamilyName, type Filter, families } from './tables/filter.ts'
export { parseRouteTable, parseValue, stateNames } from './tables/filter-values.ts'
export { InterfaceNames } from './tables/interface-names.ts'
export * from './tables/modules.ts'
export { ticksPerSecond } from './tables/number-text.ts'
export { type Identity, interfacesOf, type References, type Referring, refersTo } from './tables/references.ts'
export { findTable, findWritableTable, tables, writableTables } from './tables/registry.ts'
export { openPart, partOf, type TableModule, type TablePart, type WritableTable } from './tables/table-module.ts'
export { UsageError } from './usage-error.ts'
