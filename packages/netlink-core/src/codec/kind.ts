import type { Writer } from './writer.ts'

/**
 * Overwrites a payload with that of another value, which takes as many bytes. It never throws, and allocates nothing.
 * @param header offset of the fixed header of the message
 * @returns `false` for a value that is not valid, does not take as many bytes, or may stand for no value (0, `::`), and where in
 *   doubt. The payload then means nothing
 */
export type Patch = (view: DataView, offset: number, length: number, value: unknown, header: number) => boolean

/** How the payload of an attribute becomes a value and back. */
export interface Kind<T> {
  /** For messages: `'u32'`, `'address'`. */
  readonly name: string
  /** Fewest payload bytes that are accepted. */
  readonly minimum: number
  /** Most payload bytes that are accepted. */
  readonly maximum: number
  /** The only payload lengths within the bounds that are accepted, where not all are. */
  readonly lengths?: readonly number[]
  /** Every payload of an accepted length is a value: `read` does not throw. */
  readonly total?: boolean
  /**
   * Reads a payload whose length is within the bounds. May throw `InvalidBytes`.
   * @param volatile whether fields inside that change by themselves are read (the default)
   */
  read(view: DataView, offset: number, length: number, volatile?: boolean): T
  /** Checks a value and appends its payload. Throws `InvalidValue`. */
  write(writer: Writer, value: T): void
  /** Makes the payload of a value of that of another one, faster than `write`. */
  readonly patch?: Patch | undefined
  /** JavaScript that reads the payload at an offset, for the compiled decoder; without it `read` is called. */
  readonly source?: (offset: string) => string
  /** For nested sets: finds a field by its offset. */
  readonly inner?: AttributeLocator
  /** The attribute is written with `NLA_F_NESTED`. */
  readonly nestedFlag?: boolean
}

/** Names the attribute that lies at an offset, as the kernel points at it in an extended ack. */
export interface AttributeLocator {
  locate(view: DataView, start: number, end: number, offset: number): string | undefined
  nameOf(attributeType: number): string | undefined
}
