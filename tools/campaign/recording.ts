import { writeFileSync } from 'node:fs'
import type { TableDefinition } from '@rtnl/live-table'
import type { MessageSink } from '@rtnl/notifier'

/** Bytes of messages that are kept, the latest ones. */
const limit = 32 * 1024 * 1024

/**
 * Keeps the latest messages as they came, for whoever has to explain a difference. A file of them is made of records: the
 * time in microseconds since the recording began (u64), the length (u32), both little-endian, and that many bytes. A record of
 * length 0 says that messages were lost.
 */
export class Recording implements MessageSink {
  readonly name = 'recording'
  readonly groups: readonly number[]
  readonly types: readonly number[]
  readonly #begun = performance.now()
  #records: Uint8Array[] = []
  #earlier: Uint8Array[] = []
  #size = 0

  constructor(definitions: readonly TableDefinition<unknown>[]) {
    this.groups = [...new Set(definitions.filter(({ optional }) => optional !== true).flatMap(({ groups }) => groups))]
    this.types = [...new Set(definitions.flatMap(({ types }) => [types.new, types.delete]))]
  }

  message({ view, start, end }: Parameters<MessageSink['message']>[0]): void {
    this.#keep(new Uint8Array(view.buffer, view.byteOffset + start, end - start))
  }

  lost(): void {
    this.#keep(new Uint8Array())
  }

  failed(): void {}

  write(file: string): void {
    writeFileSync(file, Buffer.concat([...this.#earlier, ...this.#records]))
  }

  #keep(bytes: Uint8Array): void {
    const record = new Uint8Array(12 + bytes.length)
    const view = new DataView(record.buffer)
    view.setBigUint64(0, BigInt(Math.round((performance.now() - this.#begun) * 1000)), true)
    view.setUint32(8, bytes.length, true)
    record.set(bytes, 12)
    this.#records.push(record)
    this.#size += record.length
    if (this.#size < limit / 2) return
    this.#earlier = this.#records
    this.#records = []
    this.#size = 0
  }
}
