import type { Message } from '../codec/message.ts'
import { Writer } from '../codec/writer.ts'
import { ExtendedAck } from '../netlink.ts'

/** The fields of `struct nlmsghdr` beside the length. */
export interface MessageHeader {
  /** `nlmsg_type` */
  readonly type: number
  /** `nlmsg_flags`. Default: 0. */
  readonly flags?: number | undefined
  /** `nlmsg_seq`. Default: 0, as of notifications. */
  readonly seq?: number | undefined
  /** `nlmsg_pid`. Default: 0, the kernel. */
  readonly pid?: number | undefined
}

/** The bytes of one message as the kernel sends it, padded to 4. */
export function messageBytes<Entry>(message: Message<Entry>, header: MessageHeader, entry: Partial<Entry>): Uint8Array {
  return build(header, (writer) => message.encode(writer, entry))
}

/** What `NLMSG_ERROR` and `NLMSG_DONE` may say beside the error number. */
export interface ErrorDetails {
  /** `NLMSGERR_ATTR_MSG` */
  readonly text?: string | undefined
  /** `NLMSGERR_ATTR_OFFS`: offset of the offending attribute from the start of the request. */
  readonly offset?: number | undefined
  /** `NLMSGERR_ATTR_MISS_TYPE` */
  readonly missingType?: number | undefined
}

export function build(header: MessageHeader, body: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(256)
  const start = writer.beginMessage(header.type, header.flags ?? 0, header.seq ?? 0, header.pid ?? 0)
  body(writer)
  writer.endMessage(start)
  return writer.bytes().slice()
}

export function hasDetails({ text, offset, missingType }: ErrorDetails): boolean {
  return text !== undefined || offset !== undefined || missingType !== undefined
}

export function writeDetails(writer: Writer, { text, offset, missingType }: ErrorDetails): void {
  if (text !== undefined) {
    const at = writer.begin(ExtendedAck.MSG)
    writer.raw(new TextEncoder().encode(`${text}\0`))
    writer.end(at)
  }
  for (const [type, value] of [
    [ExtendedAck.OFFS, offset],
    [ExtendedAck.MISS_TYPE, missingType],
  ] as const) {
    if (value === undefined) continue
    const at = writer.begin(type)
    writer.u32(value)
    writer.end(at)
  }
}

/** One behind the other, each padded to 4 bytes. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer(4096)
  for (const part of parts) {
    writer.raw(part)
    writer.pad()
  }
  return writer.bytes().slice()
}
