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

/** Collects invalidations until one relist covers them. However many come, only what they add up to is held. */
export class Invalidations<Entry> {
  #leading: Pick<Invalidation<Entry>, 'reason' | 'cause'> | undefined
  readonly #partitions = new Map<string, Partition<Entry>>()

  get empty(): boolean {
    return this.#leading === undefined
  }

  /** The cause of lost messages outweighs the cause `inferred`; of two with the same cause the first one leads. */
  add({ reason, cause, partitions }: Invalidation<Entry>): void {
    if (partitions.length === 0) return
    if (this.#leading === undefined || (cause === 'resync' && this.#leading.cause !== 'resync')) {
      this.#leading = { reason, cause }
    }
    for (const partition of partitions) {
      if (this.#partitions.size > mostPartitions) return
      this.#partitions.set(partition.name, partition)
    }
  }

  /** Takes all of another list, which is empty afterwards. */
  takeFrom(other: Invalidations<Entry>): void {
    if (other.#leading === undefined) return
    this.add({ ...other.#leading, partitions: [...other.#partitions.values()] })
    other.#clear()
  }

  /** Empties the list, and returns all as one. */
  take(whole: readonly Partition<Entry>[]): Invalidation<Entry> | undefined {
    if (this.#leading === undefined) return undefined
    const partitions = this.#partitions
    const all = partitions.size > mostPartitions || whole.every(({ name }) => partitions.has(name))
    const invalidation = { ...this.#leading, partitions: all ? whole : [...partitions.values()] }
    this.#clear()
    return invalidation
  }

  #clear(): void {
    this.#leading = undefined
    this.#partitions.clear()
  }
}
