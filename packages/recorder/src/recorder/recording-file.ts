import { clearTimeout, setTimeout } from 'node:timers'
import { fileSystem } from '@rtnl/netlink-core/internal'
import type { Room } from '../pcapng/encode.ts'
import { Blocks } from './blocks.ts'
import type { Store } from './store.ts'

/** Milliseconds after which what was recorded is in the file at the latest, so that others can read it meanwhile. */
const longestDelay = 1000

/** Bytes that are written at once. */
const chunkBytes = 256 * 1024

/**
 * A new file that is written as the recording goes on. It is written synchronously: nothing is held in memory for a slow disk, and
 * what led to the end of a process is in the file. Meanwhile the transport holds what the kernel sends.
 */
export class RecordingFile implements Store {
  readonly #path: string
  readonly #failed: (error: Error) => void
  readonly #blocks = new Blocks(chunkBytes, (blocks) => this.#write(blocks))
  #descriptor: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param failed is called once, when the file cannot be written any more
   * @throws what the system says: the file exists, no permission, no such folder
   */
  constructor(path: string, failed: (error: Error) => void) {
    this.#path = path
    this.#failed = failed
    this.#descriptor = fileSystem().openSync(path, 'wx')
  }

  room(length: number): Room {
    return this.#blocks.room(length)
  }

  wrote(end: number): void {
    this.#blocks.wrote(end)
    this.#timer ??= setTimeout(() => this.#flush(), longestDelay).unref()
  }

  declare(block: Uint8Array): void {
    this.#blocks.flush()
    this.#write(block)
  }

  close(): void {
    this.#flush()
    if (this.#descriptor !== undefined) fileSystem().closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#blocks.flush()
  }

  #write(blocks: Uint8Array): void {
    if (this.#descriptor === undefined) return
    try {
      writeAll(this.#descriptor, blocks)
    } catch (error) {
      fileSystem().closeSync(this.#descriptor)
      this.#descriptor = undefined
      this.#failed(new Error(`${this.#path}: ${(error as Error).message}`, { cause: error }))
    }
  }
}

/**
 * Writes blocks to a new file.
 * @throws what the system says; the file is not left behind
 */
export function writeFile(path: string, blocks: readonly Uint8Array[]): void {
  const descriptor = fileSystem().openSync(path, 'wx')
  let complete = false
  try {
    for (const block of blocks) writeAll(descriptor, block)
    complete = true
  } finally {
    fileSystem().closeSync(descriptor)
    if (!complete) fileSystem().unlinkSync(path)
  }
}

/** The system may take a part only. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fileSystem().writeSync(descriptor, bytes, at)
}
