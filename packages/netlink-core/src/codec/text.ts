import { AddressFamily } from '../rtnetlink.ts'
import { familyOfText, parseIpv4Into, parseIpv6Into } from './parse-address.ts'

/** Addresses and byte strings as text and back. Reading is a hot path, so it allocates nothing but the text. */

const byteText: readonly string[] = Array.from({ length: 256 }, (_, byte) => String(byte))
const byteHex: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Four bytes as dotted decimal. */
export function formatIpv4(view: DataView, offset: number): string {
  return `${byteText[view.getUint8(offset)]}.${byteText[view.getUint8(offset + 1)]}.${
    byteText[view.getUint8(offset + 2)]
  }.${byteText[view.getUint8(offset + 3)]}`
}

/**
 * Sixteen bytes in the one form of RFC 5952: lower case, no leading zeros, the first longest run of two or more zero
 * groups shortened. Addresses that embed one of IPv4 end in dotted decimal (section 5), as `ip` prints them: mapped ones
 * (`::ffff:192.0.2.1`), which so stay apart from the four-byte address, and compatible ones (`::192.0.2.1`).
 */
export function formatIpv6(view: DataView, offset: number): string {
  let bestStart = -1
  let bestLength = 1
  let runStart = -1
  for (let group = 0; group < 8; group++) {
    if (view.getUint16(offset + group * 2) !== 0) {
      runStart = -1
      continue
    }
    if (runStart < 0) runStart = group
    if (group - runStart + 1 > bestLength) {
      bestStart = runStart
      bestLength = group - runStart + 1
    }
  }
  if (bestStart === 0 && bestLength === 5 && view.getUint16(offset + 10) === 0xffff) {
    return `::ffff:${formatIpv4(view, offset + 12)}`
  }
  if (bestStart === 0 && bestLength === 6) return `::${formatIpv4(view, offset + 12)}`
  let text = ''
  for (let group = 0; group < 8; group++) {
    if (group === bestStart) {
      text += '::'
      group += bestLength - 1
      continue
    }
    if (text !== '' && !text.endsWith(':')) text += ':'
    text += view.getUint16(offset + group * 2).toString(16)
  }
  return text
}

/** Bytes as lower-case hex pairs joined by colons, the way hardware addresses are written. */
export function formatHardwareAddress(view: DataView, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += (i === 0 ? '' : ':') + byteHex[view.getUint8(offset + i)]
  return text
}

/** Bytes as lower-case hex digits. */
export function formatHex(view: DataView, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += byteHex[view.getUint8(offset + i)]
  return text
}

const utf8 = new TextDecoder()
const utf8Encoder = new TextEncoder()

/** A text of the kernel up to its first NUL or the end of the attribute. */
export function formatString(view: DataView, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(offset + i)
    if (byte === 0) break
    if (byte >= 0x80) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length)
      const end = bytes.indexOf(0)
      return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
    }
    text += String.fromCharCode(byte)
  }
  return text
}

export function parseString(text: string): Uint8Array {
  return utf8Encoder.encode(text)
}

/**
 * Bytes of an IPv4 (4) or IPv6 (16) address, or `undefined` for a text that is none. IPv4 must be four decimal
 * numbers without leading zeros; a zone (`%eth0`) is refused, since the kernel takes it as a separate interface index.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  const wide = familyOfText(text) === AddressFamily.INET6
  const bytes = new Uint8Array(wide ? 16 : 4)
  return (wide ? parseIpv6Into : parseIpv4Into)(new DataView(bytes.buffer), 0, text) ? bytes : undefined
}

const hardwarePattern = /^[0-9a-f]{2}(:[0-9a-f]{2})*$/i

/** Bytes of a hardware address such as `02:00:00:00:00:01`, or `undefined`. */
export function parseHardwareAddress(text: string): Uint8Array | undefined {
  if (!hardwarePattern.test(text)) return undefined
  return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16))
}

/** Bytes of an even number of hex digits, or `undefined`. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** An IPv4-mapped IPv6 address as the IPv4 address in it, `::ffff:192.0.2.1` as `192.0.2.1`; any other address as it is. */
export function unmapAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address
}
