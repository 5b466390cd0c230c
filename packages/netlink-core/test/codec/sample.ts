import {
  address,
  attribute,
  be16,
  be32,
  composed,
  DecodeError,
  type Engine,
  hardwareAddress,
  header,
  hex,
  hidden,
  InvalidBytes,
  InvalidValue,
  littleEndian,
  type Message,
  message,
  nested,
  presence,
  repeated,
  s32,
  span,
  string,
  u8,
  u16,
  u32,
  u64,
  Writer,
  within,
} from '@rtnl/netlink-core'

/** Numbers of the attributes of the sample. */
export const Type = {
  ID: 1,
  MEMBERS: 2,
  FLAG: 3,
  INNER: 4,
  GATEWAY: 5,
  LLADDR: 6,
  NAME: 7,
  BYTES: 8,
  COUNT: 9,
  PORT: 10,
  VNI: 11,
  OFFSET: 12,
  WIDE: 13,
  MEMBER_FLAGS: 14,
  SMALL: 15,
  MARKS: 16,
  PARTS: 17,
  SHELF: 18,
} as const

/** Members of 4 bytes whose numbers are negated where the second attribute is present: a field of two attributes. */
const members = composed<number[]>({
  spans: [span(Type.MEMBERS, 4, 0xffff), span(Type.MEMBER_FLAGS, 0, 4)],
  read(view, _header, at = -1, length = 0, flagsAt = -1) {
    if (at < 0) return undefined
    if (length % 4 !== 0) throw new InvalidBytes(at, `${length} bytes are no whole number of members`)
    const sign = flagsAt < 0 ? 1 : -1
    return Array.from({ length: length / 4 }, (_, index) => sign * view.getUint32(at + index * 4, littleEndian))
  },
  write(writer, value) {
    if (!Array.isArray(value)) throw new InvalidValue('not an array of members', true)
    const start = writer.begin(Type.MEMBERS)
    for (const [index, member] of value.entries()) {
      if (!(member >= 1 && member <= 0xffff)) throw new InvalidValue(`${member} is not in 1..65535`).under(index)
      writer.u32(member)
    }
    writer.end(start)
  },
})

/** A declaration with every kind in it, made like those of the tables, for one engine or the other. */
export function sampleMessage(engine: Engine) {
  const deeper = nested('deeper', { port: attribute(1, be16), mark: attribute(2, u32) }, { flag: false, engine })
  const inner = nested(
    'inner',
    {
      buckets: attribute(1, u16),
      age: attribute(2, u64, { volatile: true }),
      deeper: attribute(3, deeper),
      via: attribute(4, address),
    },
    { engine },
  )
  const part = nested(
    'part',
    { via: attribute(1, address), ports: repeated(2, be16), deeper: repeated(3, deeper) },
    { engine },
  )
  /** A struct of three bytes, and attributes behind its padding. */
  const shelf = nested(
    'shelf',
    { via: attribute(1, address) },
    { header: { size: header(u16), mode: header(u8) }, engine },
  )
  return message(
    'sample',
    {
      header: {
        family: header(u8),
        filler: hidden(u8),
        kind: header(u16),
        ifindex: header(s32),
        flags: header(u8),
      },
      attributes: {
        id: attribute(Type.ID, u32),
        members,
        flag: attribute(Type.FLAG, presence),
        inner: attribute(Type.INNER, inner),
        gateway: attribute(Type.GATEWAY, address),
        lladdr: attribute(Type.LLADDR, hardwareAddress),
        name: attribute(Type.NAME, string(15)),
        bytes: attribute(Type.BYTES, hex),
        count: attribute(Type.COUNT, u64, { volatile: true }),
        port: attribute(Type.PORT, be16),
        vni: attribute(Type.VNI, be32),
        offset: attribute(Type.OFFSET, s32),
        wide: attribute(Type.WIDE, u64),
        small: attribute(Type.SMALL, within(u8, 1, 32)),
        marks: repeated(Type.MARKS, u32),
        parts: repeated(Type.PARTS, part),
        shelf: attribute(Type.SHELF, shelf),
      },
    },
    engine,
  )
}

export const engines = ['compiled', 'interpreted'] as const

/** Bytes of the fixed header of the sample, aligned. */
export const headerLength = 12

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function encode<Entry>(declaration: Message<Entry>, entry: Partial<Entry>): Uint8Array {
  const writer = new Writer(16)
  declaration.encode(writer, entry)
  return writer.bytes().slice()
}

export function decode<Entry>(declaration: Message<Entry>, bytes: Uint8Array): Entry {
  return declaration.decode(viewOf(bytes), 0, bytes.length)
}

/** A body: a zero header, then attributes of the given type (with its flag bits) and payload, lengths as they are. */
export function body(...attributes: readonly (readonly [type: number, payload: readonly number[]])[]): Uint8Array {
  const writer = new Writer(64)
  writer.zeros(headerLength)
  for (const [type, payload] of attributes) {
    const at = writer.begin(type)
    writer.raw(Uint8Array.from(payload))
    writer.end(at)
  }
  return writer.bytes().slice()
}

/** What an attempt to decode gave: the value, or what the error says. Any other error is thrown on. */
export function outcome<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return `${error.message} | ${error.messageName} | ${error.path} | ${error.offset}`
  }
}

export function caught(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
