/** Slots of the smaller table that each insertion moves to the larger one. */
const movedAtATime = 8

/** Bits for the distance of an id from the slot at which the search for it begins; all of them set: it is so large or larger. */
const distanceBits = 5
const farthest = (1 << distanceBits) - 1

const firstBits = 5
/** With more bits for ids, nothing of a hash would be left in a slot. */
const mostBits = 26

/** A table of slots. */
class Slots {
  /** The number of slots is 2 to the power of this. */
  readonly bits: number
  /** The number of slots minus 1; also the bits of a slot that hold an id plus 1. */
  readonly mask: number
  readonly values: Int32Array

  constructor(bits: number) {
    this.bits = bits
    this.mask = 2 ** bits - 1
    this.values = new Int32Array(2 ** bits)
  }
}

/**
 * Ids by hash, in an open-addressing table. Most lookups read one cache line, whether they find an id or not. When the table
 * is full, insertions move its slots to a larger one, a few at a time, so that no insertion takes long.
 *
 * A slot is one word, 0 if it is empty. The low bits of a hash say at which slot the search for it begins. A slot has in as many
 * low bits an id plus 1, then five bits for its distance from that slot, then as many of the next bits of the hash as there is
 * room for. So the slots of a full table tell nearly all that a larger one needs.
 */
export class RowIndex {
  readonly #hashOf: (id: number) => number
  #slots = new Slots(firstBits)
  /** The smaller table while it is being moved. The slots below `#moved` are in the larger table too. Slots keep their places. */
  #old: Slots | undefined
  #moved = 0
  #size = 0
  /** The position of the current lookup, from which `next` continues, and its hash. */
  #probed = this.#slots
  #probe = 0
  #wanted = 0
  /** A slot from which on an id with the hash of the last lookup can be inserted; -1 if it is not known. */
  #free = -1

  /** @param hashOf returns the hash with which an id was inserted */
  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf
  }

  get memory(): number {
    return this.#slots.values.byteLength + (this.#old?.values.byteLength ?? 0)
  }

  /**
   * Returns the first id with a hash, or -1. A hash may have several ids, and an id that is found may have another hash: the
   * caller compares what the ids stand for.
   */
  first(hash: number): number {
    this.#probed = this.#slots
    this.#probe = hash & this.#slots.mask
    this.#wanted = hash
    this.#free = -1
    return this.next()
  }

  /** Returns the next id with the hash of the last call of `first`, or -1. */
  next(): number {
    while (true) {
      const { values, mask, bits } = this.#probed
      const above = bits + distanceBits
      const wanted = (this.#wanted >>> bits) << above
      for (let slot = this.#probe; ; slot = (slot + 1) & mask) {
        const value = values[slot]!
        if (value === 0) {
          if (this.#probed === this.#slots) this.#free = slot
          break
        }
        if ((value ^ wanted) >>> above === 0 && (value & mask) !== mask) {
          this.#probe = (slot + 1) & mask
          return (value & mask) - 1
        }
      }
      if (this.#old === undefined || this.#probed === this.#old) return -1
      this.#probed = this.#old
      this.#probe = this.#wanted & this.#old.mask
    }
  }

  /**
   * @param id a number that is not much larger than the number of ids
   * @throws {RangeError} there are more than 54 million ids
   */
  insert(id: number, hash: number): void {
    if (this.#old !== undefined) this.#move(this.#old, movedAtATime)
    // The id with all bits of the mask marks slots whose id is gone.
    while ((this.#size + 1) * 16 > (this.#slots.mask + 1) * 13 || id + 1 >= this.#slots.mask) this.#grow()
    this.#size++
    // Usually a lookup of this hash came just before. Since then slots may have been filled, but none was emptied.
    this.#put(id, hash, this.#free >= 0 && this.#wanted === hash ? this.#free : hash & this.#slots.mask)
  }

  /** @param hash the hash with which the id was inserted */
  remove(id: number, hash: number): void {
    this.#size--
    this.#free = -1
    this.#take(id, hash)
    if (this.#old !== undefined) forget(this.#old, id, hash)
  }

  #grow(): void {
    const { bits } = this.#slots
    if (bits === mostBits) throw new RangeError(`a table has at most ${Math.floor((2 ** mostBits * 13) / 16)} rows`)
    if (this.#old !== undefined) this.#move(this.#old, this.#old.values.length)
    this.#old = this.#slots
    this.#moved = 0
    this.#slots = new Slots(bits + 1)
    this.#free = -1
  }

  #move(old: Slots, count: number): void {
    const { values, mask, bits } = old
    const end = Math.min(this.#moved + count, values.length)
    for (; this.#moved < end; this.#moved++) {
      const value = values[this.#moved]!
      const id = (value & mask) - 1
      if (value === 0 || id === mask - 1) continue
      const hash = ((value >>> (bits + distanceBits)) << bits) | this.#home(old, this.#moved)
      this.#put(id, hash, hash & this.#slots.mask)
    }
    if (end === values.length) this.#old = undefined
  }

  /** The slot at which the search for the id in a slot begins. */
  #home({ values, mask, bits }: Slots, slot: number): number {
    const value = values[slot]!
    const distance = (value >>> bits) & farthest
    return (distance < farthest ? slot - distance : this.#hashOf((value & mask) - 1)) & mask
  }

  /** @param slot the slot at which the search for an empty one begins */
  #put(id: number, hash: number, slot: number): void {
    const { values, mask, bits } = this.#slots
    while (values[slot] !== 0) slot = (slot + 1) & mask
    const distance = Math.min((slot - hash) & mask, farthest)
    values[slot] = ((hash >>> bits) << (bits + distanceBits)) | (distance << bits) | (id + 1)
  }

  /** Removes an id and closes the gap, so that no probe ends too early and no tombstones accumulate. */
  #take(id: number, hash: number): void {
    const slots = this.#slots
    const { values, mask, bits } = slots
    let hole = hash & mask
    while ((values[hole]! & mask) !== id + 1) {
      // The id is still in the smaller table alone.
      if (values[hole] === 0) return
      hole = (hole + 1) & mask
    }
    for (let slot = (hole + 1) & mask; values[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home(slots, slot)
      // An id can move to the hole if the hole lies between its home and its present slot.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      const distance = Math.min((hole - home) & mask, farthest)
      values[hole] = (values[slot]! & ~(farthest << bits)) | (distance << bits)
      hole = slot
    }
    values[hole] = 0
  }
}

function forget({ values, mask }: Slots, id: number, hash: number): void {
  for (let slot = hash & mask; values[slot] !== 0; slot = (slot + 1) & mask) {
    if ((values[slot]! & mask) !== id + 1) continue
    values[slot]! |= mask
    return
  }
}
