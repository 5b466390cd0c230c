import type { ResyncCause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'

/** Partitions to relist, the reason, and the cause that their differences get. */
export interface Invalidation<Entry> {
  readonly reason: string
  readonly cause: ResyncCause
  readonly partitions: readonly Partition<Entry>[]
}

/** More partitions than this are relisted as the whole table: each costs the kernel a walk through all of it. */
const mostPartitions = 16

/** Collects invalidations until one relist covers them. */
export class Invalidations<Entry> {
  #list: Invalidation<Entry>[] = []

  get empty(): boolean {
    return this.#list.length === 0
  }

  add(invalidation: Invalidation<Entry>): void {
    if (invalidation.partitions.length > 0) this.#list.push(invalidation)
  }

  /** Takes all of another list, which is empty afterwards. */
  takeFrom(other: Invalidations<Entry>): void {
    this.#list.push(...other.#list.splice(0))
  }

  /** Empties the list, and returns all as one. The cause of lost messages outweighs the cause `inferred`. */
  take(whole: readonly Partition<Entry>[]): Invalidation<Entry> | undefined {
    const list = this.#list
    this.#list = []
    const leading = list.find(({ cause }) => cause === 'resync') ?? list[0]
    if (leading === undefined) return undefined
    const partitions = new Map(
      list.flatMap((invalidation) => invalidation.partitions.map((partition) => [partition.name, partition])),
    )
    const all = partitions.size > mostPartitions || whole.every(({ name }) => partitions.has(name))
    return { reason: leading.reason, cause: leading.cause, partitions: all ? whole : [...partitions.values()] }
  }
}
