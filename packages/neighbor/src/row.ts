import type { RowBytes } from '@rtnl/live-table'
import { findAttribute, littleEndian } from '@rtnl/netlink-core'
import { NeighborAttribute } from './constants.ts'
import { neighborHeader } from './message.ts'

/** Tests on the bytes of entries, so that entries that nobody reads are not decoded. */

export function familyOfRow({ view, start }: RowBytes): number {
  return view.getUint8(start + neighborHeader.family)
}

/** The interface of an entry, by the bytes of its row: for `select` of a table, which then decodes no other entries. */
export function ifindexOfRow({ view, start }: RowBytes): number {
  return ifindexIn(view, start)
}

/** The same of the bytes of a message behind its header. */
export function ifindexIn(view: DataView, start: number): number {
  return view.getInt32(start + neighborHeader.ifindex, littleEndian)
}

export function stateOfRow({ view, start }: RowBytes): number {
  return view.getUint16(start + neighborHeader.state, littleEndian)
}

export function setStateOfRow({ view, start }: RowBytes, state: number): void {
  view.setUint16(start + neighborHeader.state, state, littleEndian)
}

export function flagsOfRow({ view, start }: RowBytes): number {
  return view.getUint8(start + neighborHeader.flags)
}

export function typeOfRow({ view, start }: RowBytes): number {
  return view.getUint8(start + neighborHeader.type)
}

export function masterOfRow({ view, start, end }: RowBytes): number | undefined {
  return masterIn(view, start, end)
}

/** The same of the bytes of a message behind its header. */
export function masterIn(view: DataView, start: number, end: number): number | undefined {
  const at = findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.MASTER)
  return at < 0 ? undefined : view.getUint32(at, littleEndian)
}

export function flagsExtOfRow({ view, start, end }: RowBytes): number {
  const at = findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.FLAGS_EXT)
  return at < 0 ? 0 : view.getUint32(at, littleEndian)
}

/** Bytes of the hardware address; 0 for an entry that has none. */
export function lladdrLength({ view, start, end }: RowBytes): number {
  const at = findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.LLADDR)
  return at < 0 ? 0 : view.getUint16(at - 4, littleEndian) - 4
}

/** Whether all bits of the hardware address are 0, or all are 1. */
export function isUniformLladdr({ view, start, end }: RowBytes): boolean {
  const at = findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.LLADDR)
  if (at < 0) return true
  const length = view.getUint16(at - 4, littleEndian) - 4
  const first = view.getUint8(at)
  if (first !== 0 && first !== 0xff) return false
  for (let i = 1; i < length; i++) if (view.getUint8(at + i) !== first) return false
  return true
}

/** Whether the hardware address is all zero or that of a group, as those are to which a vxlan floods. */
export function isFloodRow({ view, start, end }: RowBytes): boolean {
  const at = findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.LLADDR)
  const length = at < 0 ? 0 : view.getUint16(at - 4, littleEndian) - 4
  if (length > 0 && (view.getUint8(at) & 1) !== 0) return true
  for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== 0) return false
  return length > 0
}
