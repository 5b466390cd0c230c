/** Slots of the smaller table that are moved to the larger one with each row that comes. */
const movedAtATime = 8

/** In the place of an id plus 1, in a slot of the smaller table whose row has gone. */
const gone = -1

/**
 * Ids by hash, in an open-addressing table: one that is looked for, or found missing, is mostly a matter of one line of
 * cache. When it is full, a larger one takes over bit by bit, so that no row that comes has to wait until all others
 * have moved.
 */
export class RowIndex {
  /** Of each slot its id plus 1, or 0 if it is empty, and its hash. The number of slots is a power of two. */
  #slots: Int32Array = new Int32Array(64)
  /** Slots less 1. */
  #mask = 31
  /** The smaller table, of which the slots below `#moved` are in the larger one too. Its slots do not change places. */
  #old: Int32Array | undefined
  #moved = 0
  #size = 0
  /** Where `next` goes on. */
  #probed = this.#slots
  #probe = 0
  #wanted = 0
  /** Where a row with the hash that was asked for last would go; -1 if that is not known any more. */
  #free = -1

  get memory(): number {
    return this.#slots.byteLength + (this.#old?.byteLength ?? 0)
  }

  /** The first id with a hash, or -1. Ids of other hashes are passed over; a hash may have several ids. */
  first(hash: number): number {
    this.#probed = this.#slots
    this.#probe = hash & this.#mask
    this.#wanted = hash
    this.#free = -1
    return this.next()
  }

  /** The next id with the hash that was asked for last, or -1. */
  next(): number {
    while (true) {
      const slots = this.#probed
      const mask = (slots.length >> 1) - 1
      for (let slot = this.#probe; ; slot = (slot + 1) & mask) {
        const id = slots[slot * 2]! - 1
        if (id === -1) {
          if (slots === this.#slots) this.#free = slot
          break
        }
        if (slots[slot * 2 + 1] === this.#wanted && id >= 0) {
          this.#probe = (slot + 1) & mask
          return id
        }
      }
      if (this.#old === undefined || slots === this.#old) return -1
      this.#probed = this.#old
      this.#probe = this.#wanted & ((this.#old.length >> 1) - 1)
    }
  }

  insert(id: number, hash: number): void {
    this.#size++
    if (this.#old !== undefined) this.#move(this.#old, movedAtATime)
    if (this.#size * 16 > (this.#mask + 1) * 13) this.#grow(this.#mask + 1)
    // Mostly it was looked for just before. Slots may have been taken since, but none was freed.
    this.#put(id, hash, this.#free >= 0 && this.#wanted === hash ? this.#free : hash & this.#mask)
  }

  /** @param hash that of the insertion */
  remove(id: number, hash: number): void {
    this.#size--
    this.#free = -1
    this.#take(id, hash)
    if (this.#old !== undefined) this.#forget(this.#old, id, hash)
  }

  #grow(slots: number): void {
    if (this.#old !== undefined) this.#move(this.#old, this.#old.length >> 1)
    this.#old = this.#slots
    this.#moved = 0
    this.#slots = new Int32Array(slots * 4)
    this.#mask = slots * 2 - 1
    this.#free = -1
  }

  #move(old: Int32Array, count: number): void {
    const end = Math.min(this.#moved + count, old.length >> 1)
    for (; this.#moved < end; this.#moved++) {
      const id = old[this.#moved * 2]! - 1
      const hash = old[this.#moved * 2 + 1]!
      if (id >= 0) this.#put(id, hash, hash & this.#mask)
    }
    if (end === old.length >> 1) this.#old = undefined
  }

  /** @param slot from which on a free one is looked for */
  #put(id: number, hash: number, slot: number): void {
    const slots = this.#slots
    while (slots[slot * 2] !== 0) slot = (slot + 1) & this.#mask
    slots[slot * 2] = id + 1
    slots[slot * 2 + 1] = hash
  }

  /** Takes an id out and closes the gap, so that no probe ends too early and no tombstones gather. */
  #take(id: number, hash: number): void {
    const slots = this.#slots
    const mask = this.#mask
    let hole = hash & mask
    while (slots[hole * 2] !== id + 1) {
      // It has not moved yet.
      if (slots[hole * 2] === 0) return
      hole = (hole + 1) & mask
    }
    for (let slot = (hole + 1) & mask; slots[slot * 2] !== 0; slot = (slot + 1) & mask) {
      const home = slots[slot * 2 + 1]! & mask
      // Moving is allowed when the hole lies on the way from the row's home to where it is.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole * 2] = slots[slot * 2]!
        slots[hole * 2 + 1] = slots[slot * 2 + 1]!
        hole = slot
      }
    }
    slots[hole * 2] = 0
  }

  #forget(old: Int32Array, id: number, hash: number): void {
    const mask = (old.length >> 1) - 1
    for (let slot = hash & mask; old[slot * 2] !== 0; slot = (slot + 1) & mask) {
      if (old[slot * 2] !== id + 1) continue
      old[slot * 2] = gone
      return
    }
  }
}
