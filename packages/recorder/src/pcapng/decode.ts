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

/** What of a section is needed to read the blocks behind it. */
interface Section {
  readonly littleEndian: boolean
  /** Link type and timestamp resolution of each interface, `undefined` for one whose block is damaged. */
  readonly interfaces: ({ readonly linkType: number; readonly resolution: number } | undefined)[]
}

/**
 * Reads the blocks of a pcapng file. What cannot be read is left out, and is a problem. Blocks that are of no use here
 * (statistics, names) are skipped.
 */
export function* readBlocks(
  file: Uint8Array,
  problem: (problem: Problem) => void,
): Generator<SectionBlock | InterfaceBlock | PacketBlock, void, undefined> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const report = (offset: number, text: string): void => problem({ offset, text })
  if (!isPcapng(view, report)) return
  let section: Section | undefined
  for (let at = 0; at < file.length; ) {
    const left = file.length - at
    if (left < emptyBlockLength) return report(at, `the file ends within a block: ${left} bytes are left`)
    const begins = view.getUint32(at) === BlockType.SECTION_HEADER
    if (begins) {
      const order = byteOrder(view, at)
      if (order === undefined) return report(at, 'a section without a byte order')
      section = { littleEndian: order, interfaces: [] }
    }
    if (section === undefined) return report(at, 'a block before the first section')
    const little = section.littleEndian
    const length = view.getUint32(at + 4, little)
    if (length < emptyBlockLength || length % 4 !== 0) return report(at, `a block of ${length} bytes is not possible`)
    if (length > left) return report(at, `the file ends within a block of ${length} bytes: ${left} are left`)
    const end = at + length
    if (view.getUint32(end - 4, little) !== length) {
      return report(
        at,
        `the length of a block stands differently at its end: ${view.getUint32(end - 4, little)}, not ${length}`,
      )
    }
    const block = { file, view, start: at, end: end - 4, report }
    if (begins) yield* readSection(block, section)
    else {
      const type = view.getUint32(at, little)
      if (type === BlockType.INTERFACE_DESCRIPTION) yield* readInterface(block, section)
      else if (type === BlockType.ENHANCED_PACKET) yield* readPacket(block, section)
    }
    at = end
  }
}

/** A block without its length at the end. */
interface Block {
  readonly file: Uint8Array
  readonly view: DataView
  readonly start: number
  readonly end: number
  readonly report: (offset: number, text: string) => void
}

function isPcapng(view: DataView, report: (offset: number, text: string) => void): boolean {
  if (view.byteLength === 0) {
    report(0, 'the file is empty')
    return false
  }
  const magic = view.byteLength < 4 ? 0 : view.getUint32(0)
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
function byteOrder(view: DataView, at: number): boolean | undefined {
  if (view.getUint32(at + 8, true) === byteOrderMagic) return true
  return view.getUint32(at + 8) === byteOrderMagic ? false : undefined
}

function* readSection(block: Block, { littleEndian }: Section): Generator<SectionBlock, void, undefined> {
  const { view, start, end, report } = block
  const options = start + 24
  if (options > end) return report(start, 'a section that is too short')
  const major = view.getUint16(start + 12, littleEndian)
  if (major !== version.major) report(start + 12, `version ${major} of pcapng: this reads version ${version.major}`)
  const values = readOptions(block, options, littleEndian)
  yield {
    block: 'section',
    offset: start,
    littleEndian,
    hardware: textOf(values, Option.SECTION_HARDWARE),
    system: textOf(values, Option.SECTION_SYSTEM),
    application: textOf(values, Option.SECTION_APPLICATION),
  }
}

function* readInterface(block: Block, section: Section): Generator<InterfaceBlock, void, undefined> {
  const { view, start, end, report } = block
  const { littleEndian, interfaces } = section
  const options = start + 16
  if (options > end) {
    interfaces.push(undefined)
    return report(start, 'an interface that is too short')
  }
  const linkType = view.getUint16(start + 8, littleEndian)
  const values = readOptions(block, options, littleEndian)
  const resolution = values.find(({ code }) => code === Option.INTERFACE_RESOLUTION)?.value[0] ?? defaultResolution
  interfaces.push({ linkType, resolution })
  const name = textOf(values, Option.INTERFACE_NAME)
  if (linkType !== linkTypeNetlink) {
    report(
      start,
      `interface ${name ?? interfaces.length - 1} has link type ${linkType}, not ${linkTypeNetlink} (netlink)`,
    )
  }
  yield {
    block: 'interface',
    offset: start,
    linkType,
    name,
    description: textOf(values, Option.INTERFACE_DESCRIPTION),
  }
}

function* readPacket(block: Block, { littleEndian, interfaces }: Section): Generator<PacketBlock, void, undefined> {
  const { file, view, start, end, report } = block
  if (start + packetHeadLength > end) return report(start, 'a packet that is too short')
  const socket = view.getUint32(start + 8, littleEndian)
  if (socket >= interfaces.length) return report(start, `a packet of interface ${socket}, of which nothing was said`)
  const of = interfaces[socket]
  // What is wrong with the interface has been said.
  if (of === undefined || of.linkType !== linkTypeNetlink) return
  const captured = view.getUint32(start + 20, littleEndian)
  const original = view.getUint32(start + 24, littleEndian)
  const data = start + packetHeadLength
  if (captured > end - data) return report(start, `a packet of ${captured} bytes in a block that has ${end - data}`)
  if (captured < CookedHeader.LENGTH) return report(start, `a packet of ${captured} bytes, without a netlink header`)
  const hardware = view.getUint16(data + CookedHeader.HARDWARE_TYPE)
  if (hardware !== hardwareTypeNetlink)
    return report(start, `a packet of hardware type ${hardware}, not ${hardwareTypeNetlink}`)
  const values = readOptions(block, data + padded(captured), littleEndian)
  const ticks =
    (BigInt(view.getUint32(start + 12, littleEndian)) << 32n) | BigInt(view.getUint32(start + 16, littleEndian))
  const sent = view.getUint16(data) === PacketType.TO_KERNEL || directionOf(values, littleEndian) === Direction.OUTBOUND
  const missing = Math.max(0, original - captured)
  if (missing > 0) report(start, `a packet that was cut short: ${missing} of its ${original} bytes are missing`)
  yield {
    block: 'packet',
    offset: start,
    socket,
    time: inNanoseconds(ticks, of.resolution),
    direction: sent ? 'sent' : 'received',
    family: view.getUint16(data + CookedHeader.FAMILY),
    messages: file.subarray(data + CookedHeader.LENGTH, data + captured),
    missing,
    comments: values.filter(({ code }) => code === Option.COMMENT).map(({ value }) => utf8.decode(value)),
  }
}

/** The options of a block, as far as they can be read. */
function readOptions({ file, view, start, end, report }: Block, from: number, littleEndian: boolean): OptionValue[] {
  const values: OptionValue[] = []
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, littleEndian)
    if (code === Option.END) break
    const length = view.getUint16(at + 2, littleEndian)
    if (length > end - at - 4) {
      report(start, `an option of ${length} bytes in a block that has ${end - at - 4}`)
      break
    }
    values.push({ code, value: file.subarray(at + 4, at + 4 + length) })
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
