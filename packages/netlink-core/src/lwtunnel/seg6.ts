import { InvalidValue } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { s32 } from '../codec/scalars.ts'
import { littleEndian } from '../netlink.ts'
import { Seg6Attribute } from './constants.ts'
import {
  type RoutingHeader,
  readRoutingHeader,
  refuseOthers,
  smallestRoutingHeader,
  writeRoutingHeader,
} from './routing-header.ts'

/** Segment routing over IPv6 (`LWTUNNEL_ENCAP_SEG6`). With `Seg6Mode.INLINE` the last segment is `::`. */
export interface Seg6Encapsulation extends RoutingHeader {
  /** `Seg6Mode`. */
  readonly mode: number
}

/** Bytes of an attribute header and of the mode. */
const attributeHeader = 4
const modeSize = 4

/** All of the encapsulation: one attribute with the mode and a segment routing header, signed or not. */
export const seg6: Kind<Seg6Encapsulation> = {
  name: 'seg6',
  minimum: attributeHeader + modeSize + smallestRoutingHeader,
  maximum: 0xffff,
  read(view, offset, length) {
    const front = attributeHeader + modeSize
    const mode = view.getInt32(offset + attributeHeader, littleEndian)
    return { mode, ...readRoutingHeader(view, offset + front, length - front) }
  },
  write(writer, value) {
    const { mode, segs, hmac, ...others } = value
    refuseOthers(others)
    const at = writer.begin(Seg6Attribute.SRH)
    try {
      s32.write(writer, mode)
    } catch (error) {
      throw error instanceof InvalidValue ? error.under('mode') : error
    }
    writeRoutingHeader(writer, hmac === undefined ? { segs } : { segs, hmac })
    writer.end(at)
  },
}
