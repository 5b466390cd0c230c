import { littleEndian } from '@rtnl/netlink-core'
import {
  BlockType,
  byteOrderMagic,
  CookedHeader,
  Direction,
  emptyBlockLength,
  hardwareTypeNetlink,
  linkTypeNetlink,
  nanoseconds,
  Option,
  PacketType,
  packetHeadLength,
  padded,
  version,
} from './format.ts'

/** No package of npm that is looked after writes pcapng with comments, so these few blocks are written here. */

/** Where a block is written: `reserve` gives room in memory that is zero. */
export interface Room {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: number
}

/** A packet: messages of one socket, and a comment. */
export interface Packet {
  /** The number of the interface: its place among those of the section. */
  readonly socket: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly direction: 'sent' | 'received'
  readonly messages: Uint8Array
  readonly comment: string | undefined
}

const utf8 = new TextEncoder()
/** Bytes of the head of an option. */
const optionHead = 4
/** The most bytes of an option's value. */
const longestValue = 0xffff
/** That of a comment, so that the longest message of an error is kept and a file stays readable. */
const longestComment = 4096

interface OptionValue {
  readonly code: number
  readonly value: Uint8Array
}

function text(code: number, value: string | undefined): OptionValue[] {
  return value === undefined ? [] : [{ code, value: utf8.encode(value).subarray(0, longestValue) }]
}

/** The block that a file begins with. */
export function sectionHeader(about: { hardware: string; system: string; application: string }): Uint8Array {
  const options = [
    ...text(Option.SECTION_HARDWARE, about.hardware),
    ...text(Option.SECTION_SYSTEM, about.system),
    ...text(Option.SECTION_APPLICATION, about.application),
  ]
  const room = newBlock(BlockType.SECTION_HEADER, 16, options)
  room.view.setUint32(8, byteOrderMagic, littleEndian)
  room.view.setUint16(12, version.major, littleEndian)
  room.view.setUint16(14, version.minor, littleEndian)
  // The length of the section is not known beforehand.
  room.view.setBigInt64(16, -1n, littleEndian)
  return room.bytes
}

/** The block that declares an interface: a socket. */
export function interfaceDescription(name: string, description: string): Uint8Array {
  const options = [
    ...text(Option.INTERFACE_NAME, name),
    ...text(Option.INTERFACE_DESCRIPTION, description),
    { code: Option.INTERFACE_RESOLUTION, value: Uint8Array.of(nanoseconds) },
  ]
  const room = newBlock(BlockType.INTERFACE_DESCRIPTION, 8, options)
  room.view.setUint16(8, linkTypeNetlink, littleEndian)
  return room.bytes
}

/** Bytes of the block of a packet. */
export function packetLength({ messages, comment }: Pick<Packet, 'messages' | 'comment'>): number {
  // The bytes of a text are three times its length at most.
  const comments = comment === undefined ? 0 : optionHead + padded(Math.min(comment.length * 3, longestComment))
  return packetHeadLength + padded(CookedHeader.LENGTH + messages.length) + 2 * optionHead + comments + optionHead + 4
}

/** Writes the block of a packet where there is room for `packetLength` bytes. @returns where it ends */
export function writePacket({ bytes, view, at }: Room, packet: Packet): number {
  const { messages, direction } = packet
  const sent = direction === 'sent'
  const length = CookedHeader.LENGTH + messages.length
  view.setUint32(at, BlockType.ENHANCED_PACKET, littleEndian)
  view.setUint32(at + 8, packet.socket, littleEndian)
  view.setUint32(at + 12, Number(packet.time >> 32n), littleEndian)
  view.setUint32(at + 16, Number(packet.time & 0xffffffffn), littleEndian)
  view.setUint32(at + 20, length, littleEndian)
  view.setUint32(at + 24, length, littleEndian)
  const cooked = at + packetHeadLength
  view.setUint16(cooked, sent ? PacketType.TO_KERNEL : PacketType.TO_USER)
  view.setUint16(cooked + CookedHeader.HARDWARE_TYPE, hardwareTypeNetlink)
  bytes.set(messages, cooked + CookedHeader.LENGTH)
  let end = cooked + padded(length)
  end = writeOption(view, end, Option.PACKET_FLAGS, 4)
  view.setUint32(end - 4, sent ? Direction.OUTBOUND : Direction.INBOUND, littleEndian)
  if (packet.comment !== undefined) {
    const value = utf8.encodeInto(packet.comment, bytes.subarray(end + optionHead, end + optionHead + longestComment))
    end = writeOption(view, end, Option.COMMENT, value.written)
  }
  return endBlock(view, at, writeOption(view, end, Option.END, 0))
}

function newBlock(type: number, fixed: number, options: readonly OptionValue[]): Room {
  const length = options.reduce((sum, { value }) => sum + optionHead + padded(value.length), fixed + optionHead)
  const bytes = new Uint8Array(emptyBlockLength + length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, littleEndian)
  let at = 8 + fixed
  for (const { code, value } of options) {
    bytes.set(value, at + optionHead)
    at = writeOption(view, at, code, value.length)
  }
  endBlock(view, 0, at + optionHead)
  return { bytes, view, at: 0 }
}

/** Writes the head of an option, whose value stands behind it. @returns where it ends */
function writeOption(view: DataView, at: number, code: number, length: number): number {
  view.setUint16(at, code, littleEndian)
  view.setUint16(at + 2, length, littleEndian)
  return at + optionHead + padded(length)
}

/** Writes the length of a block on both its ends. @returns where it ends */
function endBlock(view: DataView, start: number, at: number): number {
  const length = at + 4 - start
  view.setUint32(start + 4, length, littleEndian)
  view.setUint32(at, length, littleEndian)
  return at + 4
}
