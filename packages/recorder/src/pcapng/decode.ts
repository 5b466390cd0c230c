import {
  BlockType,
  byteOrderMagic,
  CookedHeader,
  Direction,
  emptyBlockLength,
  hardwareTypeNetlink,
  linkTypeNetlink,
  Option,
  PacketType,
  packetHeadLength,
  padded,
  version,
} from './format.ts'

/** What is wrong with a file, and where. */
export interface Problem {
  /** Bytes from the beginning of the file. */
  readonly offset: number
  /** For people. */
  readonly text: string
}

/** What a section says of the machine and the program that wrote it. */
export interface SectionBlock {
  readonly block: 'section'
  readonly offset: number
  readonly littleEndian: boolean
  readonly hardware: string | undefined
  readonly system: string | undefined
  readonly application: string | undefined
}

export interface InterfaceBlock {
  readonly block: 'interface'
  readonly offset: number
  readonly linkType: number
  readonly name: string | undefined
  readonly description: string | undefined
}

export interface PacketBlock {
  readonly block: 'packet'
  readonly offset: number
  /** The place of its interface among those of the section. */
  readonly socket: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly direction: 'sent' | 'received'
  /** The netlink family (`NETLINK_ROUTE`, ...). */
  readonly family: number
  /** Behind the cooked header. */
  readonly messages: Uint8Array
  /** Bytes that the packet had and the file has not. */
  readonly missing: number
  readonly comments: readonly string[]
}

interface OptionValue {
  readonly code: number
  readonly value: Uint8Array
}

const utf8 = new TextDecoder()

/** Of the file format before pcapng, in either byte order, with microseconds or nanoseconds. */
const pcapMagics: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1])

/** The resolution of an interface that names none: microseconds. */
const defaultResolution = 6

/** A block that is longer is not read: no packet of a recording is, and it would have to be held in memory. */
const mostBlockBytes = 64 * 1024 * 1024

/** What of a section is needed to read the blocks behind it. */
interface Section {
  readonly littleEndian: boolean
  /** Link type and timestamp resolution of each interface, `undefined` for one whose block is damaged. */
  readonly interfaces: ({ readonly linkType: number; readonly resolution: number } | undefined)[]
}

/** The bytes of a file. */
export interface FileBytes {
  readonly length: number
  /** So many bytes of it, which stay as they are. */
  at(offset: number, length: number): Uint8Array
}

/**
 * Reads the blocks of a pcapng file. What cannot be read is left out, and is a problem. Blocks that are of no use here
 * (statistics, names) are skipped.
 */
export function* readBlocks(
  file: FileBytes,
  problem: (problem: Problem) => void,
): Generator<SectionBlock | InterfaceBlock | PacketBlock, void, undefined> {
  const report = (offset: number, text: string): void => problem({ offset, text })
  if (!isPcapng(file, report)) return
  let section: Section | undefined
  for (let at = 0, length: number; at < file.length; at += length) {
    const left = file.length - at
    if (left < emptyBlockLength) return report(at, `the file ends within a block: ${left} bytes are left`)
    const head = viewOf(file.at(at, emptyBlockLength))
    const begins = head.getUint32(0) === BlockType.SECTION_HEADER
    if (begins) {
      const order = byteOrder(head)
      if (order === undefined) return report(at, 'a section without a byte order')
      section = { littleEndian: order, interfaces: [] }
    }
    if (section === undefined) return report(at, 'a block before the first section')
    const little = section.littleEndian
    length = head.getUint32(4, little)
    if (length < emptyBlockLength || length % 4 !== 0) return report(at, `a block of ${length} bytes is not possible`)
    if (length > left) return report(at, `the file ends within a block of ${length} bytes: ${left} are left`)
    const tooLong = length > mostBlockBytes
    const bytes = tooLong ? undefined : file.at(at, length)
    const again = viewOf(bytes?.subarray(length - 4) ?? file.at(at + length - 4, 4)).getUint32(0, little)
    if (again !== length) {
      return report(at, `the length of a block stands differently at its end: ${again}, not ${length}`)
    }
    const type = begins ? BlockType.SECTION_HEADER : head.getUint32(0, little)
    if (bytes === undefined) {
      report(at, `a block of ${length} bytes is left out: a recording has none of more than ${mostBlockBytes}`)
      if (type === BlockType.INTERFACE_DESCRIPTION) section.interfaces.push(undefined)
      continue
    }
    const content = bytes.subarray(0, length - 4)
    const block = { bytes: content, view: viewOf(content), offset: at, report }
    if (type === BlockType.SECTION_HEADER) yield* readSection(block, section)
    else if (type === BlockType.INTERFACE_DESCRIPTION) yield* readInterface(block, section)
    else if (type === BlockType.ENHANCED_PACKET) yield* readPacket(block, section)
  }
}

/** A block without its length at the end. */
interface Block {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Bytes from the beginning of the file. */
  readonly offset: number
  readonly report: (offset: number, text: string) => void
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function isPcapng(file: FileBytes, report: (offset: number, text: string) => void): boolean {
  if (file.length === 0) {
    report(0, 'the file is empty')
    return false
  }
  const magic = file.length < 4 ? 0 : viewOf(file.at(0, 4)).getUint32(0)
  if (magic === BlockType.SECTION_HEADER) return true
  report(
    0,
    pcapMagics.has(magic)
      ? 'a file in the older format pcap, which has neither sockets nor comments: a recording is pcapng'
      : 'no pcapng file: it does not begin with a section',
  )
  return false
}

/** @returns whether a section is little-endian */
function byteOrder(view: DataView): boolean | undefined {
  if (view.getUint32(8, true) === byteOrderMagic) return true
  return view.getUint32(8) === byteOrderMagic ? false : undefined
}

function* readSection(block: Block, { littleEndian }: Section): Generator<SectionBlock, void, undefined> {
  const { view, offset, report } = block
  const options = 24
  if (options > view.byteLength) return report(offset, 'a section that is too short')
  const major = view.getUint16(12, littleEndian)
  if (major !== version.major) report(offset + 12, `version ${major} of pcapng: this reads version ${version.major}`)
  const values = readOptions(block, options, littleEndian)
  yield {
    block: 'section',
    offset,
    littleEndian,
    hardware: textOf(values, Option.SECTION_HARDWARE),
    system: textOf(values, Option.SECTION_SYSTEM),
    application: textOf(values, Option.SECTION_APPLICATION),
  }
}

function* readInterface(block: Block, section: Section): Generator<InterfaceBlock, void, undefined> {
  const { view, offset, report } = block
  const { littleEndian, interfaces } = section
  const options = 16
  if (options > view.byteLength) {
    interfaces.push(undefined)
    return report(offset, 'an interface that is too short')
  }
  const linkType = view.getUint16(8, littleEndian)
  const values = readOptions(block, options, littleEndian)
  const resolution = values.find(({ code }) => code === Option.INTERFACE_RESOLUTION)?.value[0] ?? defaultResolution
  interfaces.push({ linkType, resolution })
  const name = textOf(values, Option.INTERFACE_NAME)
  if (linkType !== linkTypeNetlink) {
    report(
      offset,
      `interface ${name ?? interfaces.length - 1} has link type ${linkType}, not ${linkTypeNetlink} (netlink)`,
    )
  }
  yield {
    block: 'interface',
    offset,
    linkType,
    name,
    description: textOf(values, Option.INTERFACE_DESCRIPTION),
  }
}

function* readPacket(block: Block, { littleEndian, interfaces }: Section): Generator<PacketBlock, void, undefined> {
  const { bytes, view, offset, report } = block
  if (packetHeadLength > view.byteLength) return report(offset, 'a packet that is too short')
  const socket = view.getUint32(8, littleEndian)
  if (socket >= interfaces.length) return report(offset, `a packet of interface ${socket}, of which nothing was said`)
  const of = interfaces[socket]
  // What is wrong with the interface has been said.
  if (of === undefined || of.linkType !== linkTypeNetlink) return
  const captured = view.getUint32(20, littleEndian)
  const original = view.getUint32(24, littleEndian)
  const data = packetHeadLength
  if (captured > view.byteLength - data)
    return report(offset, `a packet of ${captured} bytes in a block that has ${view.byteLength - data}`)
  if (captured < CookedHeader.LENGTH) return report(offset, `a packet of ${captured} bytes, without a netlink header`)
  const hardware = view.getUint16(data + CookedHeader.HARDWARE_TYPE)
  if (hardware !== hardwareTypeNetlink)
    return report(offset, `a packet of hardware type ${hardware}, not ${hardwareTypeNetlink}`)
  const values = readOptions(block, data + padded(captured), littleEndian)
  const ticks = (BigInt(view.getUint32(12, littleEndian)) << 32n) | BigInt(view.getUint32(16, littleEndian))
  const sent = view.getUint16(data) === PacketType.TO_KERNEL || directionOf(values, littleEndian) === Direction.OUTBOUND
  const missing = Math.max(0, original - captured)
  if (missing > 0) report(offset, `a packet that was cut short: ${missing} of its ${original} bytes are missing`)
  yield {
    block: 'packet',
    offset,
    socket,
    time: inNanoseconds(ticks, of.resolution),
    direction: sent ? 'sent' : 'received',
    family: view.getUint16(data + CookedHeader.FAMILY),
    messages: bytes.subarray(data + CookedHeader.LENGTH, data + captured),
    missing,
    comments: values.filter(({ code }) => code === Option.COMMENT).map(({ value }) => utf8.decode(value)),
  }
}

/** The options of a block, as far as they can be read. */
function readOptions({ bytes, view, offset, report }: Block, from: number, littleEndian: boolean): OptionValue[] {
  const values: OptionValue[] = []
  for (let at = from; at + 4 <= view.byteLength; ) {
    const code = view.getUint16(at, littleEndian)
    if (code === Option.END) break
    const length = view.getUint16(at + 2, littleEndian)
    if (length > view.byteLength - at - 4) {
      report(offset, `an option of ${length} bytes in a block that has ${view.byteLength - at - 4}`)
      break
    }
    values.push({ code, value: bytes.subarray(at + 4, at + 4 + length) })
    at += 4 + padded(length)
  }
  return values
}

function textOf(values: readonly OptionValue[], wanted: number): string | undefined {
  const found = values.find(({ code }) => code === wanted)
  return found && utf8.decode(found.value)
}

function directionOf(values: readonly OptionValue[], littleEndian: boolean): number | undefined {
  const found = values.find(({ code, value }) => code === Option.PACKET_FLAGS && value.length === 4)?.value
  return found && new DataView(found.buffer, found.byteOffset).getUint32(0, littleEndian) & 3
}

/** @param resolution `if_tsresol`: a negative power of 10, or of 2 if the highest bit is set */
function inNanoseconds(ticks: bigint, resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f)
  const perSecond = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent
  return (ticks * 1_000_000_000n) / perSecond
}
