import { InvalidBytes, InvalidValue, show } from '../codec/invalid.ts'
import { u32, within } from '../codec/scalars.ts'
import { formatIpv6 } from '../codec/text.ts'
import { addressBytes } from '../codec/values.ts'
import type { Writer } from '../codec/writer.ts'

/** A segment routing header (`struct ipv6_sr_hdr`, RFC 8754). */
export interface RoutingHeader {
  /** First to visit first, the reverse of the wire. Where the header is inserted, the last is `::`, a place for the target. */
  readonly segs: readonly string[]
  /** Id of the key by which the kernel signs the header (`hmackeyid`), 1 to 4294967295. */
  readonly hmac?: number
}

/** Bytes of `struct ipv6_sr_hdr` without segments, and of a segment. */
const headerSize = 8
const segmentSize = 16
export const smallestRoutingHeader: number = headerSize + segmentSize
/** `IPV6_SRCRT_TYPE_4` */
const segmentRoutingType = 4
/** `SR6_FLAG1_HMAC` */
const hmacFlag = 8
/** `struct sr6_tlv_hmac`: a header of its type and length, two reserved bytes, the id of the key, room for the signature. */
const hmacTlv = { type: 5, size: 40, header: 2, reserved: 2 } as const
/** The length field counts 8 bytes each beyond the first 8, in 8 bits. */
const mostBytes = 255 * 8

const keyId = within(u32, 1, 0xffffffff)

/** Throws `InvalidBytes`. What it does not look at is to be compared with what `writeRoutingHeader` makes of the value. */
export function readRoutingHeader(view: DataView, offset: number, length: number): RoutingHeader {
  if (length < smallestRoutingHeader) throw new InvalidBytes(offset, `${length} bytes are no segment routing header`)
  const count = view.getUint8(offset + 4) + 1
  const end = headerSize + count * segmentSize
  const isSigned = (view.getUint8(offset + 5) & hmacFlag) !== 0
  if (length < end + (isSigned ? hmacTlv.size : 0)) {
    throw new InvalidBytes(offset, `${count} segments do not fit into ${length} bytes`)
  }
  const segs: string[] = []
  for (let index = count - 1; index >= 0; index--)
    segs.push(formatIpv6(view, offset + headerSize + index * segmentSize))
  return isSigned ? { segs, hmac: view.getUint32(offset + end + hmacTlv.header + hmacTlv.reserved) } : { segs }
}

/** Checks and appends a header. Throws `InvalidValue`. */
export function writeRoutingHeader(writer: Writer, { segs, hmac }: RoutingHeader): void {
  if (!Array.isArray(segs)) throw new InvalidValue(`${show(segs)} is not an array of addresses`, true).under('segs')
  const behind = hmac === undefined ? 0 : hmacTlv.size
  const most = Math.floor((mostBytes - behind) / segmentSize)
  if (segs.length < 1 || segs.length > most) {
    throw new InvalidValue(`${segs.length} segments, not 1 to ${most}`).under('segs')
  }
  writer.u8(0)
  writer.u8((segs.length * segmentSize + behind) / 8)
  writer.u8(segmentRoutingType)
  writer.u8(segs.length - 1)
  writer.u8(segs.length - 1)
  writer.u8(hmac === undefined ? 0 : hmacFlag)
  writer.u16(0)
  for (let index = segs.length - 1; index >= 0; index--) writer.raw(segmentBytes(segs[index], index))
  if (hmac !== undefined) writeHmac(writer, hmac)
}

function writeHmac(writer: Writer, hmac: number): void {
  let id: number
  try {
    id = keyId.check(hmac)
  } catch (error) {
    throw error instanceof InvalidValue ? error.under('hmac') : error
  }
  writer.u8(hmacTlv.type)
  writer.u8(hmacTlv.size - hmacTlv.header)
  const at = writer.zeros(hmacTlv.size - hmacTlv.header)
  writer.view.setUint32(at + hmacTlv.reserved, id)
}

function segmentBytes(segment: string, index: number): Uint8Array {
  try {
    const bytes = addressBytes(segment)
    if (bytes.length !== segmentSize) throw new InvalidValue(`${show(segment)} is not an IPv6 address`, true)
    return bytes
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(index).under('segs') : error
  }
}

/** Throws `InvalidValue` for a field that there is not. */
export function refuseOthers(others: object): void {
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new InvalidValue('there is no such field', true).under(unknown)
}
