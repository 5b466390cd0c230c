import type { Writer } from './writer.ts'

/** How the payload of an attribute becomes a value and back. */
export interface Kind<T> {
  /** For messages: `'u32'`, `'address'`. */
  readonly name: string
  /** Fewest and most payload bytes that are accepted. */
  readonly minimum: number
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
