import { fileSystem } from '@rtnl/netlink-core/internal'
import type { FileBytes } from './pcapng/decode.ts'

/** Bytes that are read at once. */
const usualWindow = 1024 * 1024

/** A file of which a part at a time is in memory. */
export class FileWindow implements FileBytes, Disposable {
  readonly length: number
  readonly #path: string
  readonly #descriptor: number
  readonly #windowBytes: number
  #window = new Uint8Array(0)
  #begin = 0

  /**
   * @param windowBytes bytes that are read at once
   * @throws what the system says: no such file, no permission
   */
  constructor(path: string, windowBytes = usualWindow) {
    this.#path = path
    this.#windowBytes = windowBytes
    this.#descriptor = fileSystem().openSync(path, 'r')
    this.length = fileSystem().fstatSync(this.#descriptor).size
  }

  /** @throws what the system says; the file has become shorter */
  at(offset: number, length: number): Uint8Array {
    const isIn = offset >= this.#begin && offset + length <= this.#begin + this.#window.length
    if (!isIn) this.#read(offset, length)
    return this.#window.subarray(offset - this.#begin, offset - this.#begin + length)
  }

  [Symbol.dispose](): void {
    fileSystem().closeSync(this.#descriptor)
  }

  /** Into other memory: what was handed out stays as it is. */
  #read(offset: number, length: number): void {
    const window = new Uint8Array(Math.min(Math.max(length, this.#windowBytes), this.length - offset))
    for (let at = 0; at < window.length; ) {
      const read = fileSystem().readSync(this.#descriptor, window, at, window.length - at, offset + at)
      if (read === 0) throw new Error(`${this.#path}: the file has become shorter while it was read`)
      at += read
    }
    this.#window = window
    this.#begin = offset
  }
}
