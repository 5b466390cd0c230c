/** Slots of the smaller table that each insertion moves to the larger one. */
const movedAtATime = 8

/** The value of a slot of the smaller table whose row was removed. */
const gone = -1

/**
 * Ids by hash, in an open-addressing table. Most lookups read one cache line, whether they find an id or not. When the table
 * is full, insertions move its slots to a larger one, a few at a time, so that no insertion takes long.
 */
export class RowIndex {
  /** For each slot its id plus 1, or 0 if it is empty, and its hash. The number of slots is a power of two. */
  #slots: Int32Array = new Int32Array(64)
  /** The number of slots minus 1. */
  #mask = 31
  /** The smaller table while it is being moved. The slots below `#moved` are in the larger table too. Slots keep their places. */
  #old: Int32Array | undefined
  #moved = 0
  #size = 0
  /** The position of the current lookup, from which `next` continues, and its hash. */
  #probed = this.#slots
  #probe = 0
  #wanted = 0
  /** A slot from which on an id with the hash of the last lookup can be inserted; -1 if it is not known. */
  #free = -1

  get memory(): number {
    return this.#slots.byteLength + (this.#old?.byteLength ?? 0)
  }

  /** Returns the first id with a hash, or -1. A hash may have several ids. */
  first(hash: number): number {
    this.#probed = this.#slots
    this.#probe = hash & this.#mask
    this.#wanted = hash
    this.#free = -1
    return this.next()
  }

  /** Returns the next id with the hash of the last call of `first`, or -1. */
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
    // Usually a lookup of this hash came just before. Since then slots may have been filled, but none was emptied.
    this.#put(id, hash, this.#free >= 0 && this.#wanted === hash ? this.#free : hash & this.#mask)
  }

  /** @param hash the hash with which the id was inserted */
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

  /** @param slot the slot at which the search for an empty one begins */
  #put(id: number, hash: number, slot: number): void {
    const slots = this.#slots
    while (slots[slot * 2] !== 0) slot = (slot + 1) & this.#mask
    slots[slot * 2] = id + 1
    slots[slot * 2 + 1] = hash
  }

  /** Removes an id and closes the gap, so that no probe ends too early and no tombstones accumulate. */
  #take(id: number, hash: number): void {
    const slots = this.#slots
    const mask = this.#mask
    let hole = hash & mask
    while (slots[hole * 2] !== id + 1) {
      // The id is still in the smaller table alone.
      if (slots[hole * 2] === 0) return
      hole = (hole + 1) & mask
    }
    for (let slot = (hole + 1) & mask; slots[slot * 2] !== 0; slot = (slot + 1) & mask) {
      const home = slots[slot * 2 + 1]! & mask
      // A row can move to the hole if the hole lies between its home slot and its present slot.
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
