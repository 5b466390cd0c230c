import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'

/** What is to be read again, why, and with which cause its differences are told. */
export interface Doubt<Entry> {
  readonly reason: string
  readonly cause: Cause
  readonly partitions: readonly Partition<Entry>[]
}

/** More parts than this are read as the whole table: each part costs the kernel a walk through all of it. */
const mostPartitions = 16

/** Collects doubts until they are settled by one reading. */
export class Invalidations<Entry> {
  #list: Doubt<Entry>[] = []

  get empty(): boolean {
    return this.#list.length === 0
  }

  add(doubt: Doubt<Entry>): void {
    if (doubt.partitions.length > 0) this.#list.push(doubt)
  }

  /** All doubts as one. A loss of messages outweighs what is inferred. */
  take(whole: readonly Partition<Entry>[]): Doubt<Entry> | undefined {
    const list = this.#list
    this.#list = []
    const leading = list.find(({ cause }) => cause === 'resync') ?? list[0]
    if (leading === undefined) return undefined
    const partitions = new Map(
      list.flatMap((doubt) => doubt.partitions.map((partition) => [partition.name, partition])),
    )
    const all = partitions.size > mostPartitions || whole.every(({ name }) => partitions.has(name))
    return { reason: leading.reason, cause: leading.cause, partitions: all ? whole : [...partitions.values()] }
  }
}
