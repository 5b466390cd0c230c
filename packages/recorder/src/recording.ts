import { align, littleEndian, NetlinkFamily } from '@rtnl/netlink-core'
import { FileWindow } from './file-window.ts'
import {
  type FileBytes,
  type InterfaceBlock,
  type PacketBlock,
  type Problem,
  readBlocks,
  type SectionBlock,
} from './pcapng/decode.ts'
import { linkTypeNetlink } from './pcapng/format.ts'
import { Remark, type RemarkWord, readRemark } from './remarks.ts'
import { parseSocketName, type SocketName } from './socket-name.ts'

/** What happened to a socket. */
export interface RecordedEvent {
  /** Bytes from the beginning of the file. */
  readonly offset: number
  /** Nanoseconds since 1970. Events of one turn of the event loop have the same time. */
  readonly time: bigint
  /** Which socket it happened to. */
  readonly socket: SocketName
  /** Messages that were sent or received, or a remark. */
  readonly kind: 'sent' | 'received' | RemarkWord
  /** Whole messages; none with a remark. */
  readonly messages: Uint8Array
  /** What the remark says. */
  readonly text: string
  /** The id of the namespace from which the messages come, if it is another one. */
  readonly nsid: number | undefined
}

/** A recording, as far as it can be read. */
export interface Recording {
  /** In their order. Those of a file are read each time that they are iterated. */
  readonly events: Iterable<RecordedEvent>
  /** What is wrong with the file. Where messages to the program are missing, the events have a loss in their place. */
  readonly problems: readonly Problem[]
  /** The machine, system and program that recorded: `x64`, `Linux 6.18.0`, `rtnl 1.0.0`. */
  readonly about: readonly string[]
}

/** A recording in memory. */
export interface LoadedRecording extends Recording {
  readonly events: readonly RecordedEvent[]
}

const nothing = new Uint8Array()

/** The most problems that are told one by one: a file of another kind has one in each packet. */
const mostProblems = 100

/** Reads a recording. It never throws: what cannot be read is left out, and is a problem with its place. */
export function readRecording(file: Uint8Array): LoadedRecording {
  const reading = new Reading()
  const events = [
    ...reading.events({ length: file.length, at: (offset, length) => file.subarray(offset, offset + length) }),
  ]
  return { events, problems: reading.problems, about: reading.about }
}

/**
 * Reads a recording as it is played, a part of the file at a time. What is wrong with it is found out at the call, which reads it once.
 * What cannot be read is left out, and is a problem with its place.
 * @throws what the system says of the file: there is none, no permission
 */
export function openRecording(path: string): Recording {
  const reading = new Reading()
  for (const _event of eventsOfFile(path, reading)) {
    // Each says what is wrong with it.
  }
  const { problems, about } = reading
  return { events: { [Symbol.iterator]: () => eventsOfFile(path, new Reading()) }, problems, about }
}

function* eventsOfFile(path: string, reading: Reading): Generator<RecordedEvent, void, undefined> {
  using file = new FileWindow(path)
  yield* reading.events(file)
}

/** One passage through a recording. */
class Reading {
  readonly problems: Problem[] = []
  readonly about: string[] = []
  #untold = 0
  #sockets: (SocketName | undefined)[] = []
  #readable = true

  readonly #report = (problem: Problem): void => {
    if (this.problems.length < mostProblems) this.problems.push(problem)
    else this.#untold++
  };

  *events(file: FileBytes): Generator<RecordedEvent, void, undefined> {
    for (const block of readBlocks(file, this.#report)) {
      if (block.block === 'section') this.#begin(block)
      else if (block.block === 'interface') this.#declare(block)
      else {
        const event = this.#readable ? eventOf(block, this.#sockets[block.socket], this.#report) : undefined
        if (event !== undefined) yield event
      }
    }
    if (this.#untold > 0) this.problems.push({ offset: file.length, text: `and ${this.#untold} more` })
  }

  #begin(section: SectionBlock): void {
    this.#sockets = []
    for (const text of [section.hardware, section.system, section.application]) {
      if (text !== undefined) this.about.push(text)
    }
    this.#readable = section.littleEndian === littleEndian
    if (this.#readable) return
    const [theirs, ours] = section.littleEndian ? ['little', 'big'] : ['big', 'little']
    const text = `a section of a ${theirs}-endian machine: its netlink messages cannot be read on this ${ours}-endian one`
    this.#report({ offset: section.offset, text })
  }

  #declare({ name, description, linkType, offset }: InterfaceBlock): void {
    const socket = parseSocketName(name, description)
    // That it is no netlink at all has been said.
    if (socket === undefined && linkType === linkTypeNetlink) {
      const text = `interface ${name ?? this.#sockets.length} is no socket of a recording by rtnl`
      this.#report({ offset, text })
    }
    this.#sockets.push(socket)
  }
}

function eventOf(
  { offset, time, direction, family, messages, missing, comments }: PacketBlock,
  socket: SocketName | undefined,
  report: (problem: Problem) => void,
): RecordedEvent | undefined {
  // What is wrong with its interface has been said.
  if (socket === undefined) return undefined
  if (family !== NetlinkFamily.ROUTE) {
    report({ offset, text: `a packet of netlink family ${family}, not ${NetlinkFamily.ROUTE} (NETLINK_ROUTE)` })
    return undefined
  }
  const remark = readRemark(comments)
  const event = { offset, time, socket, messages: nothing, text: remark?.text ?? '', nsid: undefined }
  if (missing > 0) return direction === 'received' ? { ...event, kind: Remark.TRUNCATED } : undefined
  if (remark === undefined) return { ...event, kind: direction, messages: aligned(messages) }
  if (remark.word !== Remark.NAMESPACE) return { ...event, kind: remark.word }
  const nsid = /^\d+$/.test(remark.text) ? Number(remark.text) : undefined
  if (nsid === undefined) {
    report({ offset, text: `a packet of a namespace without an id: '${remark.text}'` })
    return undefined
  }
  return { ...event, kind: direction, messages: aligned(messages), nsid }
}

/** Messages as a transport hands them over: at an address that is a multiple of 4, and padded. */
function aligned(messages: Uint8Array): Uint8Array {
  if (messages.byteOffset % 4 === 0 && messages.length % 4 === 0) return messages
  const copy = new Uint8Array(align(messages.length))
  copy.set(messages)
  return copy
}
