import { AttributeSet } from '../codec/attribute-set.ts'
import { InvalidBytes, InvalidValue, show } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { u8 } from '../codec/scalars.ts'
import { attribute, type EntryOf } from '../codec/schema.ts'
import { MplsAttribute } from './constants.ts'

const entrySize = 4
/** Labels have 20 bits. */
export const largestLabel = 0xfffff
const labelShift = 12
const bottomOfStack = 0x100

/** A stack of MPLS labels, outermost first. It has no traffic class and TTL: the kernel writes zeros there. */
export const labels: Kind<readonly number[]> = {
  name: 'labels',
  minimum: entrySize,
  maximum: 0xffff,
  read(view, offset, length) {
    if (length % entrySize !== 0) throw new InvalidBytes(offset, `${length} bytes are no whole number of labels`)
    return Array.from({ length: length / entrySize }, (_, index) => {
      return view.getUint32(offset + index * entrySize) >>> labelShift
    })
  },
  write(writer, value) {
    if (!Array.isArray(value)) throw new InvalidValue(`${show(value)} is not an array of labels`, true)
    if (value.length === 0) throw new InvalidValue('a stack has at least one label')
    for (const [index, label] of value.entries()) {
      if (typeof label !== 'number') throw new InvalidValue(`${show(label)} is not a number`, true).under(index)
      if (!Number.isInteger(label) || label < 0 || label > largestLabel) {
        throw new InvalidValue(`${label} is not a whole number in 0..${largestLabel}`).under(index)
      }
      const last = index === value.length - 1 ? bottomOfStack : 0
      const at = writer.zeros(entrySize)
      writer.view.setUint32(at, ((label << labelShift) | last) >>> 0)
    }
  },
}

const fields = {
  dst: attribute(MplsAttribute.DST, labels),
  ttl: attribute(MplsAttribute.TTL, u8),
}

/** A stack of MPLS labels (`LWTUNNEL_ENCAP_MPLS`). */
export type MplsEncapsulation = EntryOf<Record<never, never>, typeof fields>

export const mpls = new AttributeSet<MplsEncapsulation>('mpls', {}, fields)
