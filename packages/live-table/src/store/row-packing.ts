/** The most words of a row that is packed: it has a bit for each. */
const mostWords = 48
/** Words whose bits are in the head of a row. The bits of the others are in a word of their own. */
const headWords = 16
const headMask = (1 << headWords) - 1
/** The bit of a head that says that a slot follows, and the bits with the number of the template. */
const slotBit = 1 << 30
const templateMask = (1 << 14) - 1
/** Templates for rows of one length: enough for the kinds of entries of a table, and few enough to be looked through. */
const templatesOfLength = 8

/** Rows of one length of which the others are differences. */
interface Templates {
  readonly numbers: number[]
  /** The number of the one that was used last. */
  recent: number
}

/**
 * Packs rows: most rows of a table are like another one but for a few words, such as an address. A packed row is a head and
 * the words in which it differs from a template, so a route by a gateway takes 12 bytes. Templates are rows too.
 *
 * The head has a bit for each of the first 16 words, set if the word differs from that of the template; the number of the template
 * in 14 bits; a bit that says that a slot follows; and the sign, which marks a hole. A second word has the bits of all
 * further words, if the row is longer. The template 0 means that the row is not packed: then the head has the number of its words
 * in the place of the bits.
 */
export class RowPacking {
  /** By number, from 1 on. */
  readonly #templates: Int32Array[] = [new Int32Array(0)]
  /** The number of rows that each template has. */
  readonly #uses: number[] = [0]
  /** By the number of words. */
  readonly #byLength: (Templates | undefined)[] = []
  /** What `plan` found: the template, and the bits of the words in which the row differs from it. */
  #template = 0
  #low = 0
  #high = 0

  /** Bytes of all templates. */
  get memory(): number {
    return this.#templates.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /**
   * Finds the template for a row. A call of `write` for the same row has to follow.
   * @returns the words that the packed row takes
   */
  plan(words: Int32Array, start: number, count: number, slot: number): number {
    const extra = slot === 0 ? 1 : 2
    this.#template = 0
    if (count > mostWords) return count + extra
    const differences = this.#differences(words, start, count)
    if (this.#template === 0) return count + extra
    return differences + extra + (count > headWords ? 1 : 0)
  }

  /** Writes the row that was planned to `at` of a chunk. */
  write(words: Int32Array, start: number, count: number, slot: number, chunk: Int32Array, at: number): void {
    const template = this.#template
    const low = this.#low
    const high = this.#high
    this.#uses[template]!++
    chunk[at++] = (template === 0 ? count : (template << headWords) | low) | (slot === 0 ? 0 : slotBit)
    if (template !== 0 && count > headWords) chunk[at++] = high
    if (slot !== 0) chunk[at++] = slot
    if (template === 0) {
      for (let i = 0; i < count; i++) chunk[at + i] = words[start + i]!
      return
    }
    for (let bits = low; bits !== 0; bits &= bits - 1) chunk[at++] = words[start + lowest(bits)]!
    for (let bits = high; bits !== 0; bits &= bits - 1) chunk[at++] = words[start + headWords + lowest(bits)]!
  }

  /** The words that a row or a hole takes. */
  length(chunk: Int32Array, at: number): number {
    const head = headAt(chunk, at)
    const extra = (head & slotBit) === 0 ? 1 : 2
    const template = templateOf(head)
    if (template === 0) return (head & headMask) + extra
    if (this.#templates[template]!.length <= headWords) return bitCount(head & headMask) + extra
    return bitCount(head & headMask) + bitCount(chunk[at + 1]!) + extra + 1
  }

  /** The number of words of the row when it is not packed. */
  count(chunk: Int32Array, at: number): number {
    const head = chunk[at]!
    const template = templateOf(head)
    return template === 0 ? head & headMask : this.#templates[template]!.length
  }

  slot(chunk: Int32Array, at: number): number {
    const head = chunk[at]!
    if ((head & slotBit) === 0) return 0
    const template = templateOf(head)
    return chunk[at + (template !== 0 && this.#templates[template]!.length > headWords ? 2 : 1)]!
  }

  /** Whether a row is not packed: its words stand in the chunk one after the other, from `plainStart` on. */
  isPlain(chunk: Int32Array, at: number): boolean {
    return templateOf(chunk[at]!) === 0
  }

  plainStart(chunk: Int32Array, at: number): number {
    return at + ((chunk[at]! & slotBit) === 0 ? 1 : 2)
  }

  /** Writes the words of a row to the start of `out`, which has room for 48 or for the row. */
  unpack(chunk: Int32Array, at: number, out: Int32Array): void {
    const head = chunk[at]!
    const template = this.#templates[templateOf(head)]!
    const count = template.length
    let from = at + 1
    let high = count > headWords ? chunk[from++]! : 0
    if ((head & slotBit) !== 0) from++
    for (let i = 0; i < count; i++) out[i] = template[i]!
    for (let bits = head & headMask; bits !== 0; bits &= bits - 1) out[lowest(bits)] = chunk[from++]!
    for (; high !== 0; high &= high - 1) out[headWords + lowest(high)] = chunk[from++]!
  }

  /** Notes that a row is removed, and marks its words as a hole. @returns how many they are */
  release(chunk: Int32Array, at: number): number {
    const length = this.length(chunk, at)
    this.#uses[templateOf(chunk[at]!)]!--
    chunk[at] = ~chunk[at]!
    return length
  }

  /**
   * Sets the template for a row, or 0 if none is like it, and the bits.
   * @returns the number of words in which they differ
   */
  #differences(words: Int32Array, start: number, count: number): number {
    const few = Math.max(3, (count * 3) >> 3)
    const known = this.#byLength[count]
    if (known === undefined) {
      this.#byLength[count] = { numbers: [], recent: 0 }
      return this.#add(words, start, count, this.#byLength[count])
    }
    const { numbers, recent } = known
    let differences = this.#compare(recent, words, start, count, few)
    if (differences >= 0) return differences
    for (const number of numbers) {
      if (number === recent) continue
      differences = this.#compare(number, words, start, count, few)
      if (differences < 0) continue
      known.recent = number
      return differences
    }
    differences = this.#add(words, start, count, known)
    return differences >= 0 ? differences : this.#compare(recent, words, start, count, few * 2)
  }

  /** Makes a row a template, in the place of one that has no rows if there are enough. @returns 0; -1 if that is impossible */
  #add(words: Int32Array, start: number, count: number, { numbers }: Templates): number {
    const isFull = numbers.length === templatesOfLength
    const number = isFull ? numbers.find((one) => this.#uses[one] === 0) : this.#templates.length
    if (number === undefined) return -1
    if (!isFull) {
      numbers.push(number)
      this.#uses[number] = 0
    }
    this.#templates[number] = words.slice(start, start + count)
    this.#byLength[count]!.recent = number
    this.#template = number
    this.#low = 0
    this.#high = 0
    return 0
  }

  /** Sets the template and the bits if the row differs in so many words at most. @returns in how many; -1 for more */
  #compare(number: number, words: Int32Array, start: number, count: number, most: number): number {
    const template = this.#templates[number]!
    const middle = Math.min(count, headWords)
    let low = 0
    let high = 0
    let differences = 0
    for (let i = 0; i < middle; i++) {
      if (template[i] === words[start + i]) continue
      low |= 1 << i
      if (++differences > most) return -1
    }
    for (let i = middle; i < count; i++) {
      if (template[i] === words[start + i]) continue
      high |= 1 << (i - headWords)
      if (++differences > most) return -1
    }
    this.#template = number
    this.#low = low
    this.#high = high
    return differences
  }
}

/** The head of a row, or of the row that was in a hole. */
function headAt(chunk: Int32Array, at: number): number {
  const head = chunk[at]!
  return head < 0 ? ~head : head
}

function templateOf(head: number): number {
  return (head >>> headWords) & templateMask
}

/** The place of the lowest bit. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function bitCount(bits: number): number {
  let count = 0
  for (; bits !== 0; bits &= bits - 1) count++
  return count
}
