import {
  attribute,
  ControlMessage,
  ExtendedAck,
  header,
  type Message,
  MessageFlag,
  message,
  s32,
  string,
} from '@rtnl/netlink-core'
import { type Answer, messageBytes } from '@rtnl/netlink-core/testing'

/** What a dump shows, and how. */
export interface FakeDump<Entry> {
  readonly entries: readonly Partial<Entry>[]
  /** Flags of each message beside `NLM_F_MULTI`, and of `NLMSG_DONE`. */
  readonly flags?: number
  readonly doneFlags?: number
  /** The kernel refuses a dump where others end: the error number, and its words. */
  readonly errno?: number
  readonly text?: string
}

/** Messages in a datagram. */
const chunk = 100

const done = message('done', {
  header: { result: header(s32) },
  attributes: { text: attribute(ExtendedAck.MSG, string(255)) },
})

/** The entries in datagrams of many messages, and `NLMSG_DONE`. */
export function dumpAnswer<Entry>(shown: Message<Entry>, type: number, dump: FakeDump<Entry>): Answer {
  return ({ seq, portId }) => {
    const { entries, flags = 0, doneFlags = 0, errno = 0, text } = dump
    const { MULTI, ACK_TLVS } = MessageFlag
    const messages = entries.map((entry) =>
      messageBytes(shown, { type, flags: MULTI | flags, seq, pid: portId }, entry),
    )
    const datagrams: Uint8Array[] = []
    for (let at = 0; at < messages.length; at += chunk) datagrams.push(joined(messages.slice(at, at + chunk)))
    const last = MULTI | doneFlags | (text === undefined ? 0 : ACK_TLVS)
    const header = { type: ControlMessage.DONE, flags: last, seq, pid: portId }
    return [...datagrams, messageBytes(done, header, { result: -errno, ...(text === undefined ? {} : { text }) })]
  }
}

/** The answer to a dump that the kernel refuses. */
export function refusedDump(errno: number, text: string | undefined): Answer {
  return dumpAnswer(done, 0, { entries: [], errno, ...(text === undefined ? {} : { text }) })
}

function joined(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const each of messages) {
    bytes.set(each, at)
    at += each.length
  }
  return bytes
}
