import type { Room } from '../pcapng/encode.ts'

/** Where a recorder puts its blocks. */
export interface Store {
  /** Room for a block of so many bytes at most. */
  room(length: number): Room
  /** Says where the block ends that was written to the room. */
  wrote(end: number): void
  /** Takes the block that declares another socket. */
  declare(block: Uint8Array): void
  /** Nothing follows. */
  close(): void
}
