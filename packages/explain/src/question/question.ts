import { checkIfindex } from '@rtnl/link'
import { AddressFamily, addressBytes, InvalidValue, readAddress, showValue } from '@rtnl/netlink-core'

/** A packet that this host sends, as far as its way depends on it. It has no mark, no type of service and no ports. */
export interface Question {
  /** Where it goes to, `192.0.2.1`. */
  readonly dst: string
  /** Its source address. Without it the kernel takes the one that it would give the packet. */
  readonly src?: string | undefined
  /** Index of the interface that it is bound to leave by. */
  readonly oif?: number | undefined
  /** The user who sends it, which rules may match. Without it no rule for users does. */
  readonly uid?: number | undefined
}

/** A question whose addresses have been read. */
export interface Packet extends Question {
  readonly family: typeof AddressFamily.INET | typeof AddressFamily.INET6
  readonly dstBytes: Uint8Array
  readonly srcBytes: Uint8Array | undefined
}

/**
 * Reads a question, and gives its addresses the text that the kernel's have.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value
 */
export function checkQuestion(question: Question): Packet {
  const { dst, src: source, oif } = question
  const dstBytes = bytesOf('dst', dst)
  const srcBytes = source === undefined ? undefined : bytesOf('src', source)
  if (srcBytes !== undefined && srcBytes.length !== dstBytes.length) {
    throw new RangeError(`question.src: ${source} is not of the family of ${dst}`)
  }
  checkIfindex('question.oif', oif)
  const family = dstBytes.length === 4 ? AddressFamily.INET : AddressFamily.INET6
  const src = srcBytes && textOf(srcBytes)
  return { ...question, dst: textOf(dstBytes), ...(src === undefined ? {} : { src }), family, dstBytes, srcBytes }
}

function textOf(bytes: Uint8Array): string {
  return readAddress(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)
}

function bytesOf(field: string, text: string): Uint8Array {
  if (typeof text !== 'string') throw new TypeError(`question.${field}: ${showValue(text)} is not a text`)
  try {
    return addressBytes(text)
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field).toError('question') : error
  }
}
