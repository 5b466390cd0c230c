import { align, littleEndian, NetlinkFamily } from '@rtnl/netlink-core'
import { type PacketBlock, type Problem, readBlocks } from './pcapng/decode.ts'
import { Remark, type RemarkWord, readRemark } from './remarks.ts'
import { parseSocketName, type SocketName } from './socket-name.ts'

/** What happened to a socket. */
export interface RecordedEvent {
  /** Bytes from the beginning of the file. */
  readonly offset: number
  /** Nanoseconds since 1970. Events of one turn of the event loop have the same time. */
  readonly time: bigint
  readonly socket: SocketName
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
  readonly events: readonly RecordedEvent[]
  /** What is wrong with the file. Where messages to the program are missing, the events have a loss in their place. */
  readonly problems: readonly Problem[]
  /** The machine, system and program that recorded: `x64`, `Linux 6.18.0`, `rtnl 1.0.0`. */
  readonly about: readonly string[]
}

const nothing = new Uint8Array()

/** The most problems that are told one by one: a file of another kind has one in each packet. */
const mostProblems = 100

/** Reads a recording. It never throws: what cannot be read is left out, and is a problem with its place. */
export function readRecording(file: Uint8Array): Recording {
  const events: RecordedEvent[] = []
  const problems: Problem[] = []
  const about: string[] = []
  let untold = 0
  const report = (problem: Problem): void => {
    if (problems.length < mostProblems) problems.push(problem)
    else untold++
  }
  let sockets: (SocketName | undefined)[] = []
  let readable = true
  for (const block of readBlocks(file, report)) {
    switch (block.block) {
      case 'section':
        sockets = []
        for (const text of [block.hardware, block.system, block.application]) if (text !== undefined) about.push(text)
        readable = block.littleEndian === littleEndian
        if (!readable) {
          const [theirs, ours] = block.littleEndian ? ['little', 'big'] : ['big', 'little']
          const text = `a section of a ${theirs}-endian machine: its netlink messages cannot be read on this ${ours}-endian one`
          report({ offset: block.offset, text })
        }
        break
      case 'interface': {
        const socket = parseSocketName(block.name, block.description)
        sockets.push(socket)
        if (socket === undefined) {
          const text = `interface ${block.name ?? sockets.length - 1} is no socket of a recording by rtnl`
          report({ offset: block.offset, text })
        }
        break
      }
      case 'packet': {
        const event = readable ? eventOf(block, sockets[block.socket], report) : undefined
        if (event !== undefined) events.push(event)
      }
    }
  }
  if (untold > 0) problems.push({ offset: file.length, text: `and ${untold} more` })
  return { events, problems, about }
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
