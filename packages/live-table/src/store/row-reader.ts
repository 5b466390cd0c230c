import { attributeTypeMask, littleEndian } from '@rtnl/netlink-core'
import type { Row } from './row.ts'
import type { HeaderPart } from './row-keys.ts'

/** Reads a message into a row; see `RowLayout.read`. */
export type RowReader = (view: DataView, words: Int32Array, body: number, end: number, row: Row) => void

/** An attribute that a row has. */
interface RowAttribute {
  readonly type: number
  /** Bounds of the payload, in bytes. */
  readonly minimum: number
  readonly maximum: number
  /** The only lengths of the payload that are accepted, if not all within the bounds are. */
  readonly lengths: readonly number[] | undefined
  /** Whether these do not suffice to validate the payload, so that the message has to be decoded. */
  readonly deep: boolean
  /** The place in the key, and the number of words there; 0 if it is not in the key. */
  readonly target: number
  readonly room: number
}

/** What a reader is compiled from. */
export interface RowPlan {
  readonly headerSize: number
  readonly headerWords: number
  readonly keyWords: number
  readonly keyHeader: readonly HeaderPart[]
  readonly attributes: readonly RowAttribute[]
  readonly problems: RowProblems
  decode(view: DataView, body: number, end: number): void
}

/** Throws the errors of a malformed message. */
interface RowProblems {
  /** The header is cut short. */
  header(at: number): never
  /** The length of an attribute is impossible. */
  length(at: number, length: number, left: number): never
  payload(at: number, payload: number, type: number): never
  /** The attribute does not fit the key. */
  key(words: number, room: number): never
}

/**
 * Compiles the reader of a layout to one straight function. It does a third of what a loop over tables does: that counts in a
 * process that reads for the first time, since ten thousand rows pass before an optimizing compiler has seen the code.
 */
export function compiledReader(plan: RowPlan): RowReader {
  const { headerSize, headerWords, keyWords, keyHeader, problems } = plan
  const header = Array.from({ length: headerWords }, (_, i) => `out[${keyWords + i}] = words[from + ${i}]`)
  const key = Array.from({ length: keyWords }, (_, place) => {
    const part = keyHeader[place]
    return `out[${place}] = ${part === undefined ? '0' : partOf(`out[${keyWords + part.word}]`, part)}`
  })
  const low = 'head & 0xffff'
  const high = 'head >>> 16'
  const source = `return function read(view, words, body, end, row) {
    if (end - body < ${headerSize}) problems.header(body)
    const most = (end - body + 7) >> 2
    if (row.words.length < ${keyWords} + most) row.reserve(most)
    const out = row.words
    let from = body >> 2, to = ${keyWords + headerWords}, at = body + ${headerWords * 4}
    let deep = false, target = 0, room = 0
    ${[...header, ...key].join('\n    ')}
    while (at < end) {
      const left = end - at
      from = at >> 2
      const head = left < 4 ? 0 : words[from]
      const length = ${littleEndian ? low : high}
      if (length < 4 || length > left) problems.length(at, length, left)
      switch ((${littleEndian ? high : low}) & ${attributeTypeMask}) {
        ${plan.attributes.map(caseOf).join('\n        ')}
        default: at += (length + 3) & ~3; continue
      }
      const start = to + 1
      const last = (at + length - 1) >> 2
      while (from < last) out[to++] = words[from++]
      out[to++] = words[last] & ${tailMask('length')}
      if (room > 0) {
        if (to - start > room) problems.key(to - start, room)
        for (let i = 0; i < room; i++) out[target + i] = start + i < to ? out[start + i] : 0
        room = 0
      }
      at += (length + 3) & ~3
    }
    if (deep) decode(view, body, end)
    row.count = to - ${keyWords}
  }`
  const decode = plan.decode.bind(plan)
  return new Function('problems', 'decode', source)(problems, decode) as RowReader
}

/** The most words of an attribute that are copied one by one, not in a loop. */
const mostUnrolled = 8

/** Copies an attribute of fixed length; of others it prepares what is done behind the `switch`. */
function caseOf({ type, minimum, maximum, lengths, deep, target, room }: RowAttribute): string {
  const check = `if (${unfit(minimum, maximum, lengths)}) problems.payload(at, length - 4, ${type})`
  const lines = [`case ${type}: ${check}`, ...(deep ? ['deep = true'] : [])]
  const fixed = lengths?.length === 1 ? lengths[0] : minimum === maximum ? minimum : undefined
  const payload = fixed === undefined ? mostUnrolled + 1 : (fixed + 3) >> 2
  if (fixed === undefined || payload > mostUnrolled || (room > 0 && payload > room)) {
    return [...lines, ...(room > 0 ? [`target = ${target}; room = ${room}`] : []), 'break'].join('; ')
  }
  lines.push('out[to] = head')
  for (let i = 0; i < payload; i++) {
    const isCut = i === payload - 1 && (fixed & 3) !== 0
    const word = `words[from + ${i + 1}]${isCut ? ` & ${tailMask(String(fixed))}` : ''}`
    lines.push(`${i < room ? `out[${target + i}] = ` : ''}out[to + ${i + 1}] = ${word}`)
  }
  return [...lines, `to += ${payload + 1}; at += ${(payload + 1) * 4}; continue`].join('; ')
}

/** A condition: the length of an attribute does not fit. */
function unfit(minimum: number, maximum: number, lengths: readonly number[] | undefined): string {
  if (lengths !== undefined) return lengths.map((payload) => `length !== ${payload + 4}`).join(' && ') || 'true'
  if (minimum === maximum) return `length !== ${minimum + 4}`
  return `length < ${minimum + 4} || length > ${maximum + 4}`
}

function partOf(word: string, { shift, mask }: HeaderPart): string {
  return mask === -1 ? word : `(${word} >>> ${shift}) & ${mask}`
}

/** A mask for the used bytes of the last word of so many bytes. */
function tailMask(length: string): string {
  const used = `(${length} & 3)`
  return `(${used} === 0 ? -1 : ${littleEndian ? `(1 << (${used} * 8)) - 1` : `-1 << ((4 - ${used}) * 8)`})`
}
