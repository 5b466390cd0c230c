/** The bytes of a row: a message without `struct nlmsghdr`. */
export interface RowBytes {
  /** The bytes are a part of it. */
  readonly view: DataView
  /** Offset of the first byte: that of the fixed header. */
  readonly start: number
  /** Offset behind the last byte. */
  readonly end: number
}

/** A row that was read from a message and is not stored yet. */
export interface RowDraft extends RowBytes {
  /** The words of the key. `TableDefinition.prepare` may change them, and the bytes of the row. */
  readonly key: Int32Array
}

/**
 * A row outside the store: the words of its key, the words of its message behind them, and the hash of the key. Functions
 * that read a message fill the row that they get; all others leave it unchanged. The owner of a row fills it again for each
 * message, so that no message allocates memory. To keep a row, make a copy.
 */
export class Row implements RowDraft {
  readonly keyWords: number
  /** The key, then the message. Words behind them mean nothing. */
  words: Int32Array
  /** The number of words of the message. */
  count = 0
  /** The hash of the key, as it was when `updateHash` was called. */
  hash = 0
  #view: DataView | undefined
  #key: Int32Array | undefined

  constructor(keyWords: number, words: Int32Array = new Int32Array(keyWords + 64)) {
    this.keyWords = keyWords
    this.words = words
  }

  get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.words
    this.#view ??= new DataView(buffer, byteOffset, byteLength)
    return this.#view
  }

  get key(): Int32Array {
    this.#key ??= this.words.subarray(0, this.keyWords)
    return this.#key
  }

  /** Offset of the message in `view`, in bytes. */
  get start(): number {
    return this.keyWords * 4
  }

  get end(): number {
    return (this.keyWords + this.count) * 4
  }

  /** Makes room for a message of `count` words. The content of the row may be lost. */
  reserve(count: number): void {
    const length = this.keyWords + count
    if (length <= this.words.length) return
    this.words = new Int32Array(length * 2)
    this.#view = undefined
    this.#key = undefined
  }

  /** Calculates the hash. Call it after the words of the key were changed. */
  updateHash(): void {
    this.hash = hashOf(this.words, this.keyWords)
  }

  /** @param count number of words of the message to copy. Default: all; 0 gives a row that has only a key */
  copy(count: number = this.count): Row {
    const copy = new Row(this.keyWords, this.words.slice(0, this.keyWords + count))
    copy.count = count
    copy.hash = this.hash
    return copy
  }

  hasKeyOf(other: Row): boolean {
    if (this.hash !== other.hash) return false
    for (let i = 0; i < this.keyWords; i++) if (this.words[i] !== other.words[i]) return false
    return true
  }

  /** The key as a text, for use as the key of a map. */
  keyString(): string {
    return this.key.join()
  }
}

/** Returns the hash of the key that stands at the start of `words`. */
export function hashOf(words: Int32Array, keyWords: number): number {
  let hash = 0x2f0b4a27
  for (let i = 0; i < keyWords; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

/** A checksum of words: equal rows have the same one, and different rows rarely do. */
export function sumOf(words: Int32Array, start: number, end: number): number {
  let sum = 0
  for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + words[at]!) | 0
  return sum
}
