import type { Replacement } from './replace.ts'

/**
 * Limits of the library that a small table never reaches. In the code under test they are as low as they can be, so that a
 * schedule of a few hundred steps comes to every pause and every limit.
 */
export const sharpened: readonly Replacement[] = [
  { file: 'netlink-core/src/time-slice.ts', text: 'const usualCheck = 32', by: 'const usualCheck = 2' },
  {
    file: 'netlink-core/src/connection/request-socket.ts',
    text: 'export const messagesPerSend = 128',
    by: 'export const messagesPerSend = 3',
  },
  {
    file: 'netlink-core/src/connection/bulk-run.ts',
    text: 'const mostInFlight = 8',
    by: 'const mostInFlight = 2',
  },
  { file: 'live-table/src/relist/invalidations.ts', text: 'const mostPartitions = 16', by: 'const mostPartitions = 2' },
  {
    file: 'live-table/src/changes/change-stream.ts',
    text: 'const snapshotSlice = 1024',
    by: 'const snapshotSlice = 2',
  },
  { file: 'live-table/src/changes/change-stream.ts', text: 'const queueLimit = 65_536', by: 'const queueLimit = 6' },
  { file: 'live-table/src/changes/change-stream.ts', text: 'const mergedSlice = 1024', by: 'const mergedSlice = 2' },
]
