export {
  Listener,
  type ListenerDefinition,
  type ListenerEvent,
  type ListenerStatus,
} from './listener.ts'
export { type Cause, type Change, ChangeBatch, sameValue } from './live/change.ts'
export {
  anyDefinition,
  type Doubts,
  type EntryList,
  type EntryTrigger,
  type ListEdit,
  type ListEvent,
  type ListRules,
  type MessageTrigger,
  onEntry,
  onMessage,
  onTable,
  type RowBytes,
  type RowDraft,
  type Scope,
  type TableDefinition,
  type TableTrigger,
  type Trigger,
} from './live/definition.ts'
export { type IncompletePart, incompleteText } from './live/incomplete-parts.ts'
export {
  type AnyTable,
  type ChangesOptions,
  changesOf,
  LiveTable,
  type LiveTableOptions,
  openTable,
  openTableAs,
  type TablePlace,
} from './live/live-table.ts'
export { acquireTable, type TableLease } from './live/shared-tables.ts'
export type { Comparison, TableState } from './live/table-follower.ts'
export type { Expectation, Observer } from './live/table-rows.ts'
export { Notifier } from './notifier.ts'
export { ReverseIndex } from './reverse-index.ts'
export { EntryRows } from './rows/entry-rows.ts'
export { RowCopies, type RowCopy } from './rows/row-copy.ts'
export { RowMark, RowSelection } from './rows/row-selection.ts'
export type { LossReason, MessageSink } from './sink.ts'
