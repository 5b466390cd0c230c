import type { Kind, Patch } from './kind.ts'
import type { HeaderKind } from './scalars.ts'
import type { Writer } from './writer.ts'

/** The functions that declare a message. A declaration is a literal; types are inferred from it. */

/** A field in the fixed header of a message. */
export interface HeaderField<Visible extends boolean = boolean, Value extends number = number> {
  /** What it holds. */
  readonly kind: HeaderKind<Value>
  /** Part of the entry. Hidden fields are filler, or belong to a composed field. */
  readonly visible: Visible
}

/** A header field that is part of the entry. */
export function header<Value extends number>(kind: HeaderKind<Value>): HeaderField<true, Value> {
  return { kind, visible: true }
}

/** A header field that is not part of the entry: filler, or something that a composed field reads. */
export function hidden(kind: HeaderKind): HeaderField<false> {
  return { kind, visible: false }
}

/** One attribute, one field. */
export interface Attribute<T> {
  /** Its number, without flags. */
  readonly type: number
  /** What its payload is. */
  readonly kind: Kind<T>
  /** Changes by itself (timers, counters): left out when two entries are compared. */
  readonly volatile: boolean
}

/** Declares an attribute by its number and what it holds. */
export function attribute<T>(type: number, kind: Kind<T>, options: { readonly volatile?: boolean } = {}): Attribute<T> {
  return { type, kind, volatile: options.volatile ?? false }
}

/** An attribute that may stand several times: one field, whose values are in the order of the message. */
export interface Repeated<T> extends Attribute<T> {
  /** What distinguishes it from an attribute that stands once. */
  readonly repeated: true
}

/**
 * Declares an attribute that may stand several times. The field is an array of all of them, and is absent where there is
 * none; so an empty array writes nothing, and is absent when it is read back.
 */
export function repeated<T>(type: number, kind: Kind<T>, options: { readonly volatile?: boolean } = {}): Repeated<T> {
  return { ...attribute(type, kind, options), repeated: true }
}

/** An attribute that a composed field looks at. */
export interface Span {
  /** Its number, without flags. */
  readonly type: number
  /** Fewest payload bytes that are accepted. */
  readonly minimum: number
  /** Most payload bytes that are accepted. */
  readonly maximum: number
  /** The field only looks at it and does not write it: to those who keep unknown attributes it is one. */
  readonly readOnly?: boolean
  /** The only lengths that are accepted, each with any bytes: a message need not be decoded to be believed. */
  readonly lengths?: readonly number[]
}

/** Declares an attribute of `minimum` to `maximum` bytes that a field is made of. */
export function span(type: number, minimum: number, maximum: number = minimum): Span {
  return { type, minimum, maximum }
}

/** An attribute of which the composed field reads any bytes, if they are one of these lengths. */
export function exactSpan(type: number, ...lengths: readonly number[]): Span {
  return { type, minimum: Math.min(...lengths), maximum: Math.max(...lengths), lengths }
}

/** An attribute that a composed field looks at and does not write: something that only the kernel says. */
export function readOnlySpan(type: number, minimum: number, maximum: number = minimum): Span {
  return { type, minimum, maximum, readOnly: true }
}

/**
 * One field made of several attributes, or of an attribute and the header: a prefix and its length, a group and the
 * flags that say how to read it.
 */
export interface Composed<T> {
  /** The attributes that it looks at. */
  readonly spans: readonly Span[]
  /** Changes by itself: left out when two entries are compared. */
  readonly volatile?: boolean
  /**
   * Of a field that changes by itself: where its first span has the 32-bit word that is not 0 if the field is set at all.
   * Whether it is set does not change by itself, and counts when two entries are compared.
   */
  readonly presence?: {
    /** Bytes from the start of the payload. */
    readonly offset: number
  }
  /**
   * @param header offset of the fixed header
   * @param spans for each span in order the offset of its payload (-1: absent) and its length
   * @returns the value, or `undefined` for none
   */
  read(view: DataView, header: number, ...spans: number[]): T | undefined
  /** As `read`, less what inside of the value changes by itself; without it `read` is called. */
  readStable?(view: DataView, header: number, ...spans: number[]): T | undefined
  /**
   * Appends the attributes of the value; may set header bytes through `writer.setU8(header + n, ...)`.
   * @param entry all that is being written, for a value whose form another field decides; nothing of it is checked yet
   */
  write(writer: Writer, value: T, header: number, entry: Readonly<Record<string, unknown>>): void
  /** Like that of a kind, for a field that writes no attribute but its first span. It may set header bytes. */
  readonly patch?: Patch | undefined
}

/** Declares a field that is made of several attributes. */
export function composed<T>(field: Composed<T>): Composed<T> {
  return field
}

/** What an entry has a field for. */
export type Field = Attribute<unknown> | Composed<unknown>
/** The fixed part of a message, by name, in order. */
export type HeaderFields = Readonly<Record<string, HeaderField>>
/** Attributes of a message, by name. */
export type Fields = Readonly<Record<string, Field>>

export function isRepeated(field: Attribute<unknown>): field is Repeated<unknown> {
  return 'repeated' in field
}

export function isComposed(field: Field): field is Composed<unknown> {
  return 'spans' in field
}

type VisibleNames<H extends HeaderFields> = {
  [N in keyof H]: H[N] extends HeaderField<true> ? N : never
}[keyof H]

/** Names of the header fields that are not part of the entry. */
export type HiddenNames<H extends HeaderFields> = {
  [N in keyof H]: H[N] extends HeaderField<true> ? never : N & string
}[keyof H]

type ValueOf<F> =
  F extends Repeated<infer T>
    ? readonly T[]
    : F extends Attribute<infer T>
      ? T
      : F extends Composed<infer T>
        ? T
        : never

/** The entry that a declaration describes: header fields always, attributes where the kernel sent them. */
export type EntryOf<H extends HeaderFields, A extends Fields> = {
  [N in VisibleNames<H>]: H[N] extends HeaderField<true, infer Value> ? Value : never
} & { [N in keyof A]?: ValueOf<A[N]> }

/** The entry of a message, or the value of a kind, such as a nested set. */
export type Infer<M> = M extends { decode(view: DataView, start: number, end: number): infer Entry }
  ? Entry
  : M extends { read(view: DataView, offset: number, length: number): infer Value }
    ? Value
    : never
