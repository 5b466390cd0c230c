import { InvalidBytes, InvalidValue, show } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { type Composed, composed, span } from '../codec/schema.ts'
import { formatHex } from '../codec/text.ts'
import { hex } from '../codec/values.ts'
import { Writer } from '../codec/writer.ts'
import { littleEndian } from '../netlink.ts'
import { EncapsulationType } from './constants.ts'
import { type Ip6Encapsulation, type IpEncapsulation, ip6Tunnel, ipTunnel } from './ip-tunnel.ts'
import { type MplsEncapsulation, mpls } from './mpls.ts'
import { type Seg6Encapsulation, seg6 } from './seg6.ts'
import { type Seg6LocalEncapsulation, seg6Local } from './seg6-local.ts'

/**
 * What a lightweight tunnel puts around a packet, or does with it. The entry's `encapType` says which form it has. Other
 * types, and whatever a form would not give back byte for byte, are hex digits: nothing is lost by writing back what was
 * read.
 */
export type Encapsulation =
  | Seg6Encapsulation
  | Seg6LocalEncapsulation
  | MplsEncapsulation
  | IpEncapsulation
  | Ip6Encapsulation
  | string

interface Format {
  /** Throws `InvalidBytes`. */
  read(view: DataView, offset: number, length: number, volatile: boolean): Encapsulation
  /** Checks an object and appends it. Throws `InvalidValue`. */
  write(writer: Writer, value: object): void
}

type Set<T> = {
  read(view: DataView, start: number, end: number): T
  write(writer: Writer, value: Partial<T>): void
}

function fromSet<T extends Encapsulation & object>(set: Set<T>): Format {
  return {
    read: (view, offset, length) => set.read(view, offset, offset + length),
    write: (writer, value) => set.write(writer, value as Partial<T>),
  }
}

function fromKind<T extends Encapsulation & object>(kind: Kind<T>): Format {
  return {
    read(view, offset, length, volatile) {
      if (length < kind.minimum) throw new InvalidBytes(offset, `${length} bytes are no ${kind.name}`)
      return kind.read(view, offset, length, volatile)
    },
    write: (writer, value) => kind.write(writer, value as T),
  }
}

const formats = new Map<number, Format>([
  [EncapsulationType.SEG6, fromKind(seg6)],
  [EncapsulationType.SEG6_LOCAL, fromKind(seg6Local)],
  [EncapsulationType.MPLS, fromSet(mpls)],
  [EncapsulationType.IP, fromSet(ipTunnel)],
  [EncapsulationType.IP6, fromSet(ip6Tunnel)],
])

/** The value if writing it gives the same bytes, otherwise `undefined`. */
function readExact(format: Format, view: DataView, offset: number, length: number): Encapsulation | undefined {
  try {
    const value = format.read(view, offset, length, true)
    const writer = new Writer(length + 4)
    format.write(writer, value as object)
    if (writer.length !== length) return undefined
    for (let i = 0; i < length; i++) if (writer.view.getUint8(i) !== view.getUint8(offset + i)) return undefined
    return value
  } catch (error) {
    if (error instanceof InvalidBytes || error instanceof InvalidValue) return undefined
    throw error
  }
}

/**
 * The field `encap` of an entry whose field `encapType` is declared beside it. It is written with `NLA_F_NESTED`, which the
 * kernel does not send: newer tunnels (RPL, IOAM) refuse one without, and older ones do not look.
 * @param attributeType the attribute with the tunnel's own attributes: `NHA_ENCAP`, `RTA_ENCAP`
 * @param typeAttributeType the attribute with `LWTUNNEL_ENCAP_*`: `NHA_ENCAP_TYPE`, `RTA_ENCAP_TYPE`
 */
export function encapsulation(attributeType: number, typeAttributeType: number): Composed<Encapsulation> {
  const read = (view: DataView, spans: readonly number[], volatile: boolean): Encapsulation | undefined => {
    const [at = -1, length = 0, typeAt = -1] = spans
    if (at < 0) return undefined
    const format = typeAt < 0 ? undefined : formats.get(view.getUint16(typeAt, littleEndian))
    const value = format && readExact(format, view, at, length)
    if (format === undefined || value === undefined) return formatHex(view, at, length)
    return volatile ? value : format.read(view, at, length, false)
  }
  return composed({
    spans: [span(attributeType, 0, 0xffff), span(typeAttributeType, 2)],
    read: (view, _header, ...spans) => read(view, spans, true),
    readStable: (view, _header, ...spans) => read(view, spans, false),
    write(writer, value, _header, { encapType }) {
      if (encapType === undefined) throw new InvalidValue('needs encapType beside it, to say what it is', true)
      const start = writer.begin(attributeType, true)
      if (typeof value === 'string') {
        hex.write(writer, value)
      } else {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
          throw new InvalidValue(`${show(value)} is not an object or hex digits`, true)
        }
        const format = typeof encapType === 'number' ? formats.get(encapType) : undefined
        if (format === undefined) {
          throw new InvalidValue(`with encapType ${show(encapType)} it is written as hex digits`, true)
        }
        format.write(writer, value)
      }
      writer.end(start)
    },
  })
}
