import { InvalidBytes, InvalidValue, type Kind, show } from '../codec/kind.ts'
import { s32 } from '../codec/scalars.ts'
import { formatIpv6 } from '../codec/text.ts'
import { addressBytes } from '../codec/values.ts'
import { littleEndian } from '../netlink.ts'
import { Seg6Attribute } from './constants.ts'

/** Segment routing over IPv6 (`LWTUNNEL_ENCAP_SEG6`). */
export interface Seg6Encapsulation {
  /** `Seg6Mode`. */
  readonly mode: number
  /** First to visit first, the reverse of the wire. With `Seg6Mode.INLINE` the last is `::`, a place for the target. */
  readonly segs: readonly string[]
}

/** Bytes of an attribute header, of the mode, and of `struct ipv6_sr_hdr` without segments. */
const attributeHeader = 4
const modeSize = 4
const routingHeader = 8
const segmentSize = 16
/** `IPV6_SRCRT_TYPE_4` */
const segmentRoutingType = 4
/** The length field of the routing header counts 8 bytes each beyond the first 8, in 8 bits. */
const mostSegments = 127

/** The whole nest: one attribute with the mode and a segment routing header without options. */
export const seg6: Kind<Seg6Encapsulation> = {
  name: 'seg6',
  minimum: attributeHeader + modeSize + routingHeader + segmentSize,
  maximum: 0xffff,
  read(view, offset, length) {
    const header = offset + attributeHeader + modeSize
    const count = view.getUint8(header + 4) + 1
    const needed = attributeHeader + modeSize + routingHeader + count * segmentSize
    if (length < needed) throw new InvalidBytes(offset, `${count} segments do not fit into ${length} bytes`)
    const segs: string[] = []
    for (let index = count - 1; index >= 0; index--) {
      segs.push(formatIpv6(view, header + routingHeader + index * segmentSize))
    }
    return { mode: view.getInt32(offset + attributeHeader, littleEndian), segs }
  },
  write(writer, value) {
    const { mode, segs, ...others } = value
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw new InvalidValue('there is no such field', true).under(unknown)
    if (!Array.isArray(segs)) throw new InvalidValue(`${show(segs)} is not an array of addresses`, true).under('segs')
    if (segs.length < 1 || segs.length > mostSegments) {
      throw new InvalidValue(`${segs.length} segments, not 1 to ${mostSegments}`).under('segs')
    }
    const at = writer.begin(Seg6Attribute.SRH)
    try {
      s32.write(writer, mode)
    } catch (error) {
      throw error instanceof InvalidValue ? error.under('mode') : error
    }
    writer.u8(0)
    writer.u8((segs.length * segmentSize) / 8)
    writer.u8(segmentRoutingType)
    writer.u8(segs.length - 1)
    writer.u8(segs.length - 1)
    writer.u8(0)
    writer.u16(0)
    for (let index = segs.length - 1; index >= 0; index--) writer.raw(segmentBytes(segs[index], index))
    writer.end(at)
  },
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
