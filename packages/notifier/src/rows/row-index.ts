/** Slots of the smaller table that are moved to the larger one with each row that comes. */
const movedAtATime = 8

/** A slot of the smaller table whose row has gone. */
const gone = -1

/**
 * Ids by hash, in an open-addressing table. When it is full, a larger one takes over bit by bit, so that no row that comes
 * has to wait until all others have moved.
 */
export class RowIndex {
  /** By id. It does not grow in the same moment as what a store has by id. */
  #hashes: Int32Array = new Int32Array(24)
  /** Ids plus 1; 0 is empty. The length is a power of two. */
  #slots: Int32Array = new Int32Array(32)
  /** The smaller table, of which the slots below `#moved` are in the larger one too. Its slots do not change places. */
  #old: Int32Array | undefined
  #moved = 0
  #size = 0
  /** Where `next` goes on. */
  #probed = this.#slots
  #probe = 0
  #wanted = 0

  get memory(): number {
    return this.#hashes.byteLength + this.#slots.byteLength + (this.#old?.byteLength ?? 0)
  }

  /** The first id with a hash, or -1. Ids of other hashes are passed over; a hash may have several ids. */
  first(hash: number): number {
    this.#probed = this.#slots
    this.#probe = hash & (this.#slots.length - 1)
    this.#wanted = hash
    return this.next()
  }

  /** The next id with the hash that was asked for last, or -1. */
  next(): number {
    while (true) {
      const slots = this.#probed
      const mask = slots.length - 1
      for (let slot = this.#probe; ; slot = (slot + 1) & mask) {
        const id = slots[slot]! - 1
        if (id === -1) break
        if (id >= 0 && this.#hashes[id] === this.#wanted) {
          this.#probe = (slot + 1) & mask
          return id
        }
      }
      if (this.#old === undefined || slots === this.#old) return -1
      this.#probed = this.#old
      this.#probe = this.#wanted & (this.#old.length - 1)
    }
  }

  insert(id: number, hash: number): void {
    if (id >= this.#hashes.length) {
      const larger = new Int32Array(this.#hashes.length * 2)
      larger.set(this.#hashes)
      this.#hashes = larger
    }
    this.#hashes[id] = hash
    this.#size++
    if (this.#old !== undefined) this.#move(this.#old, movedAtATime)
    if (this.#size * 4 > this.#slots.length * 3) this.#grow()
    this.#put(id)
  }

  remove(id: number): void {
    this.#size--
    this.#take(id)
    if (this.#old !== undefined) this.#forget(this.#old, id)
  }

  #grow(): void {
    if (this.#old !== undefined) this.#move(this.#old, this.#old.length)
    this.#old = this.#slots
    this.#moved = 0
    this.#slots = new Int32Array(this.#slots.length * 2)
  }

  #move(old: Int32Array, count: number): void {
    const end = Math.min(this.#moved + count, old.length)
    for (; this.#moved < end; this.#moved++) {
      const id = old[this.#moved]! - 1
      if (id >= 0) this.#put(id)
    }
    if (end === old.length) this.#old = undefined
  }

  #put(id: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = this.#hashes[id]! & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = id + 1
  }

  /** Takes an id out and closes the gap, so that no probe ends too early and no tombstones gather. */
  #take(id: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = this.#hashes[id]! & mask
    while (slots[hole] !== id + 1) {
      // It has not moved yet.
      if (slots[hole] === 0) return
      hole = (hole + 1) & mask
    }
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[slots[slot]! - 1]! & mask
      // Moving is allowed when the hole lies on the way from the row's home to where it is.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot]!
        hole = slot
      }
    }
    slots[hole] = 0
  }

  #forget(old: Int32Array, id: number): void {
    const mask = old.length - 1
    for (let slot = this.#hashes[id]! & mask; old[slot] !== 0; slot = (slot + 1) & mask) {
      if (old[slot] !== id + 1) continue
      old[slot] = gone
      return
    }
  }
}
