import type { TransportStats } from './transport.ts'

/** The counters of a transport at its beginning. */
export const noStats: Readonly<TransportStats> = {
  datagrams: 0,
  bytes: 0,
  batches: 0,
  overruns: 0,
  truncated: 0,
  foreign: 0,
  drops: 0,
  pending: 0,
  receiveBuffer: 0,
}
