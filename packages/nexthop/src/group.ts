import {
  type Composed,
  composed,
  InvalidBytes,
  InvalidValue,
  littleEndian,
  readOnlySpan,
  showValue,
  span,
} from '@rtnl/netlink-core'
import { NexthopAttribute, weightHighByteValid } from './constants.ts'

/** A member of a group. */
export interface NexthopGroupMember {
  /** Id of the nexthop. */
  readonly id: number
  /** Share of the traffic in proportion to the other members, 1 to 65535; to 256 before Linux 6.12. */
  readonly weight: number
}

/** Bytes of `struct nexthop_grp`: id u32, weight u8, weight_high u8, reserved u16. */
const memberSize = 8
const largestWeight = 0xffff

function checkMember(member: unknown, index: number): NexthopGroupMember {
  const at = (problem: string, name?: string, wrongType = false): InvalidValue => {
    const error = new InvalidValue(problem, wrongType)
    if (name !== undefined) error.under(name)
    return error.under(index)
  }
  if (typeof member !== 'object' || member === null) {
    throw at(`${showValue(member)} is not an object with id and weight`, undefined, true)
  }
  const { id, weight } = member as Partial<NexthopGroupMember>
  if (typeof id !== 'number') throw at(`${id} is not a number`, 'id', true)
  if (!Number.isInteger(id) || id < 1 || id > 0xffffffff) throw at(`${id} is not in 1..4294967295`, 'id')
  if (typeof weight !== 'number') throw at(`${weight} is not a number`, 'weight', true)
  if (!Number.isInteger(weight) || weight < 1 || weight > largestWeight) {
    throw at(`${weight} is not in 1..${largestWeight}`, 'weight')
  }
  return { id, weight }
}

/**
 * The members of a group (`NHA_GROUP`). On the wire a weight is one less, and its high byte only counts where
 * `NHA_OP_FLAGS` says so.
 */
export const group: Composed<NexthopGroupMember[]> = composed({
  spans: [span(NexthopAttribute.GROUP, memberSize, 0xffff), readOnlySpan(NexthopAttribute.OP_FLAGS, 4)],
  read(view, _header, at = -1, length = 0, flagsAt = -1) {
    if (at < 0) return undefined
    if (length % memberSize !== 0) throw new InvalidBytes(at, `${length} bytes are no whole number of members`)
    const wide = flagsAt >= 0 && (view.getUint32(flagsAt, littleEndian) & weightHighByteValid) !== 0
    const members: NexthopGroupMember[] = []
    for (let member = at; member < at + length; member += memberSize) {
      const low = view.getUint8(member + 4)
      const high = wide ? view.getUint8(member + 5) : 0
      members.push({ id: view.getUint32(member, littleEndian), weight: ((high << 8) | low) + 1 })
    }
    return members
  },
  write(writer, members) {
    if (!Array.isArray(members)) throw new InvalidValue(`${showValue(members)} is not an array of members`, true)
    if (members.length === 0) throw new InvalidValue('a group has at least one member')
    const seen = new Set<number>()
    const start = writer.begin(NexthopAttribute.GROUP)
    for (const [index, value] of members.entries()) {
      const { id, weight } = checkMember(value, index)
      if (seen.has(id)) throw new InvalidValue(`${id} is in the group already`).under('id').under(index)
      seen.add(id)
      writer.u32(id)
      writer.u8((weight - 1) & 0xff)
      writer.u8((weight - 1) >> 8)
      writer.u16(0)
    }
    writer.end(start)
  },
})
