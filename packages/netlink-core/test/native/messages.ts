/** Raw netlink messages, built without the codec: what is under test here is below it. */

export const RTNLGRP_NEXTHOP = 32
export const MessageType = { ERROR: 2, DONE: 3, NEWNEXTHOP: 104, DELNEXTHOP: 105, GETNEXTHOP: 106 } as const

const Flag = { REQUEST: 0x1, ACK: 0x4, REPLACE: 0x100, DUMP: 0x300, CREATE: 0x400 } as const
const Attribute = { ID: 1, GROUP: 2, GATEWAY: 6, FDB: 11 } as const
const AF_UNSPEC = 0
const AF_INET = 2
const CHANGE = Flag.REQUEST | Flag.ACK | Flag.CREATE | Flag.REPLACE

function message(type: number, flags: number, sequence: number, family: number, attributes: Uint8Array[]): Uint8Array {
  const bytes = concatenate([new Uint8Array(24), ...attributes])
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  view.setUint8(16, family)
  return bytes
}

function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length)
  new DataView(bytes.buffer).setUint16(0, bytes.length, true)
  new DataView(bytes.buffer).setUint16(2, type, true)
  bytes.set(payload, 4)
  return bytes
}

function u32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer)
}

export function dumpNexthops(sequence: number): Uint8Array {
  return message(MessageType.GETNEXTHOP, Flag.REQUEST | Flag.DUMP, sequence, AF_UNSPEC, [])
}

/** `ip nexthop replace id ID via 192.0.2.1 fdb`, which needs no device. */
export function setNexthop(sequence: number, id: number): Uint8Array {
  return message(MessageType.NEWNEXTHOP, CHANGE, sequence, AF_INET, [
    attribute(Attribute.ID, u32(id)),
    attribute(Attribute.GATEWAY, new Uint8Array([192, 0, 2, 1])),
    attribute(Attribute.FDB, new Uint8Array(0)),
  ])
}

/** `ip nexthop replace id ID group 1/2/.../MEMBERS fdb`. */
export function setGroup(sequence: number, id: number, members: number): Uint8Array {
  const entries = Array.from({ length: members }, (_, index) => concatenate([u32(index + 1), u32(0)]))
  return message(MessageType.NEWNEXTHOP, CHANGE, sequence, AF_UNSPEC, [
    attribute(Attribute.ID, u32(id)),
    attribute(Attribute.GROUP, concatenate(entries)),
    attribute(Attribute.FDB, new Uint8Array(0)),
  ])
}

/** How many notifications of a nexthop fit into a receive buffer: the kernel counts 832 bytes for each, all told. */
export function fitting(receiveBuffer: number): number {
  return Math.floor(receiveBuffer / 1024)
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

export interface Header {
  readonly type: number
  readonly length: number
  readonly sequence: number
  /** The error number of `MessageType.ERROR`, positive; 0 for an acknowledgement, and for every other message. */
  readonly errno: number
}

/** The headers of the messages in a batch. */
export function headersIn(bytes: Uint8Array): Header[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headers: Header[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const length = view.getUint32(offset, true)
    if (length < 16 || offset + length > bytes.length) throw new Error(`bad message at ${offset}`)
    const type = view.getUint16(offset + 4, true)
    const errno = type === MessageType.ERROR ? 0 - view.getInt32(offset + 16, true) : 0
    headers.push({ type, length, sequence: view.getUint32(offset + 8, true), errno })
    offset += (length + 3) & ~3
  }
  return headers
}
