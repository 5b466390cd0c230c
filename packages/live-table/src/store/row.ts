/** The bytes of a row: a message behind `struct nlmsghdr`. */
export interface RowBytes {
  readonly view: DataView
  readonly start: number
  readonly end: number
}

/** A row that was taken from a message and is not stored yet. */
export interface RowDraft extends RowBytes {
  /** The words of the key; they may be changed, and so may the bytes. */
  readonly key: Int32Array
}

/**
 * A row on its way: the words of its key, those of its message behind them, and the hash of the key. Functions that read a
 * row fill the one that they are given, and all others leave it as it is. Its owner fills it anew for each message, so
 * that nothing is allocated for one; who wants to keep a row keeps a copy.
 */
export class Row implements RowDraft {
  readonly keyWords: number
  /** The key, then the message. Further words belong to neither. */
  words: Int32Array
  /** Words of the message. */
  count = 0
  /** Of the key, as it was when `updateHash` was called. */
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

  /** Makes room for a message of so many words. What the row held before may be lost. */
  reserve(count: number): void {
    const length = this.keyWords + count
    if (length <= this.words.length) return
    this.words = new Int32Array(length * 2)
    this.#view = undefined
    this.#key = undefined
  }

  /** To be called once the words of the key are as they stay. */
  updateHash(): void {
    this.hash = hashOf(this.words, this.keyWords)
  }

  /** @param count words of the message that are copied: all, or 0 for a row that is a key only */
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

  /** The key as a text, for maps. */
  keyString(): string {
    return this.key.join()
  }
}

/** The hash of a key, which stands at the start of `words`. */
export function hashOf(words: Int32Array, keyWords: number): number {
  let hash = 0x2f0b4a27
  for (let i = 0; i < keyWords; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
