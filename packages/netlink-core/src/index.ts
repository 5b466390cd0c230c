export { checkNumber } from './check-number.ts'
export * from './codec/index.ts'
export type { BulkFailure, BulkOptions, BulkRequest, BulkResult } from './connection/bulk-request.ts'
export { Connection, type ConnectionOptions } from './connection/connection.ts'
export type { DumpSink } from './connection/dumper.ts'
export { type ConnectionCounters, diagnosticsChannels, type Monitor } from './connection/monitor.ts'
export type { CallOptions, DumpOptions, DumpRequest, Request } from './connection/request.ts'
export { isGranted } from './environment.ts'
export { Errno } from './errno.ts'
export * from './errors.ts'
export * from './lwtunnel/index.ts'
export * from './netlink.ts'
export type { Netns } from './netns.ts'
export * from './rtnetlink.ts'
export { surface } from './surface.ts'
export { inTurns, TimeSlice } from './time-slice.ts'
export type {
  OverrunReason,
  SocketPurpose,
  Transport,
  TransportFactory,
  TransportHandler,
  TransportStats,
} from './transport/transport.ts'
