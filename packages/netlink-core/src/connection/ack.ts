import type { MessageCursor } from '../codec/message-reader.ts'
import { formatString } from '../codec/text.ts'
import { Errno } from '../errno.ts'
import type { NetlinkErrorDetails } from '../errors.ts'
import { NetlinkError } from '../errors.ts'
import {
  align,
  attributeTypeMask,
  ControlMessage,
  ExtendedAck,
  littleEndian,
  MessageFlag,
  messageHeaderLength,
} from '../netlink.ts'

/** What `NLMSG_ERROR` or `NLMSG_DONE` says. */
export interface Ack {
  /** 0, or a positive error number. */
  readonly errno: number
  /** `NLMSGERR_ATTR_MSG`. The kernel also sends it with success, as a warning. */
  readonly extack: string | undefined
  /** `NLMSGERR_ATTR_OFFS`: offset of the offending attribute from the start of the request. */
  readonly offset: number | undefined
  /** `NLMSGERR_ATTR_MISS_TYPE`: type of an attribute that the request lacks. */
  readonly missingType: number | undefined
}

const accepted: Ack = { errno: 0, extack: undefined, offset: undefined, missingType: undefined }

/** Reads an `NLMSG_ERROR` or `NLMSG_DONE`. A message too short for its error number counts as `EIO`. */
export function readAck(cursor: MessageCursor): Ack {
  const { view, body, end, flags, type } = cursor
  // A DONE without payload is how kernels before 2.6 ended a dump, and says success.
  if (type === ControlMessage.DONE && end - body < 4) return accepted
  if (end - body < 4) return { ...accepted, errno: 5 }
  const errno = -view.getInt32(body, littleEndian)
  if ((flags & MessageFlag.ACK_TLVS) === 0) return errno === 0 ? accepted : { ...accepted, errno }
  let at = body + 4
  if (type === ControlMessage.ERROR) {
    if (end - at < messageHeaderLength) return { ...accepted, errno }
    // The request is echoed whole unless the socket has NETLINK_CAP_ACK, or the request succeeded.
    const echoed = (flags & MessageFlag.CAPPED) !== 0 ? messageHeaderLength : view.getUint32(at, littleEndian)
    if (echoed < messageHeaderLength || echoed > end - at) return { ...accepted, errno }
    at += align(echoed)
  }
  let extack: string | undefined
  let offset: number | undefined
  let missingType: number | undefined
  while (at + 4 <= end) {
    const length = view.getUint16(at, littleEndian)
    if (length < 4 || length > end - at) break
    const attribute = view.getUint16(at + 2, littleEndian) & attributeTypeMask
    if (attribute === ExtendedAck.MSG) extack = formatString(view, at + 4, length - 4)
    else if (attribute === ExtendedAck.OFFS && length >= 8) offset = view.getUint32(at + 4, littleEndian)
    else if (attribute === ExtendedAck.MISS_TYPE && length >= 8) missingType = view.getUint32(at + 4, littleEndian)
    at += (length + 3) & ~3
  }
  return { errno, extack, offset, missingType }
}

/** Length of an ack of success that says nothing more: an error number and the header of the request behind its own. */
export const plainAckLength: number = 2 * messageHeaderLength + 4
const plainAckWords = plainAckLength / 4
/** `nlmsg_type` and `nlmsg_flags` of one. */
const [plainAckKind] = new Int32Array(new Uint16Array([ControlMessage.ERROR, MessageFlag.CAPPED]).buffer)

/**
 * Counts messages from the word `start` on, as long as each is an ack of success without anything more, and the ack of the
 * next request. Very many of them cost little here, and a lot if each is read as a message that may be anything.
 * @param first the sequence number of the first request
 * @param most how many requests there are
 */
export function countPlainAcks(words: Int32Array, start: number, first: number, most: number): number {
  let count = 0
  let at = start
  while (
    count < most &&
    words[at] === plainAckLength &&
    words[at + 1] === plainAckKind &&
    words[at + 2] === ((first + count) | 0) &&
    words[at + 4] === 0
  ) {
    count++
    at += plainAckWords
  }
  return at <= words.length ? count : count - 1
}

/** The error of an ack. @param attribute path of the offending field, where known */
export function ackError(ack: Ack, operation: string, attribute: string | undefined): NetlinkError {
  const details: NetlinkErrorDetails = {
    operation,
    extack: ack.extack,
    attribute,
    hint: ack.errno === Errno.EPERM ? 'the capability CAP_NET_ADMIN in the network namespace is needed' : undefined,
  }
  return new NetlinkError(ack.errno, details)
}
