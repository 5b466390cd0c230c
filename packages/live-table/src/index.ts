export {
  type Cause,
  type Change,
  type ChangeBatch,
  type EntryChanges,
  type IncompleteTable,
  type InitialSync,
  type PartResync,
  type ResyncCause,
  sameValue,
} from './changes/change.ts'
export type { Observer } from './changes/observer.ts'
export { dumpEntries, requestEntry, type Verb } from './commands.ts'
export { defineTable, type TableDeclaration } from './define-table.ts'
export {
  type EntryList,
  type EntryTrigger,
  type Invalidated,
  type KeyPart,
  type ListEdit,
  type ListEvent,
  type ListRules,
  type MessageTrigger,
  onEntry,
  onMessage,
  onTable,
  type Partition,
  type TableDefinition,
  type TableState,
  type TableTrigger,
  type TableView,
  type Trigger,
} from './definition.ts'
export { DerivedRows, type DerivedRowsOptions } from './derived/derived-rows.ts'
export type { DerivedLife, DerivedObserver } from './derived/derived-source.ts'
export { type DerivedContent, DerivedTable } from './derived/derived-table.ts'
export { SourceTables } from './derived/source-tables.ts'
export { checkKey, type EntryKey } from './entry-key.ts'
export { familyPartition } from './family-partition.ts'
export { type AnyTable, type ChangesOptions, changesOf, LiveTable, type TablePlace } from './live-table.ts'
export { type LiveTableOptions, openTable, openTableAs } from './open-table.ts'
export { type IncompletePart, incompleteText } from './relist/incomplete-parts.ts'
export { ReverseIndex } from './reverse-index.ts'
export { sharedDefinitions } from './shared-definitions.ts'
export type { RowBytes, RowDraft } from './store/row.ts'
