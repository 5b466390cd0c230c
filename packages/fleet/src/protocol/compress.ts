import { Inflate, zlibSync } from 'fflate'

/** The most bytes that a payload may become: more than any message of this protocol, and no matter for a reader's memory. */
const largestPayload = 32 * 1024 * 1024
/** Compressed bytes that are inflated at a time; each becomes at most a thousand. */
const inflateSlice = 4096
const headerBytes = 2
const checksumBytes = 4

export function compress(bytes: Uint8Array): Uint8Array {
  return zlibSync(bytes, { level: 6 })
}

/**
 * The bytes that `compress` was given. fflate does not compare the checksum; this does.
 * @throws {Error} the bytes are cut short, damaged, or become too many
 */
export function decompress(compressed: Uint8Array): Uint8Array {
  if (compressed.length <= headerBytes + checksumBytes) throw new Error('the payload is cut short')
  const end = compressed.length - checksumBytes
  if (compressed[0] !== 0x78 || (compressed[1]! & 0x20) !== 0 || (compressed[0] * 256 + compressed[1]!) % 31 !== 0)
    throw new Error('the payload is not compressed by zlib')
  const parts: Uint8Array[] = []
  let size = 0
  let isWhole = false
  const inflate = new Inflate((part, isLast) => {
    parts.push(part)
    size += part.length
    isWhole ||= isLast
  })
  for (let at = headerBytes; at < end; at += inflateSlice) {
    const to = Math.min(at + inflateSlice, end)
    inflate.push(compressed.subarray(at, to), to === end)
    if (size > largestPayload) throw new Error(`the payload becomes more than ${largestPayload} bytes`)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  const view = new DataView(compressed.buffer, compressed.byteOffset)
  if (!isWhole || adler32(bytes) !== view.getUint32(end)) throw new Error('the payload is damaged')
  return bytes
}

/** The checksum of zlib (RFC 1950). */
function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (let at = 0; at < bytes.length; ) {
    // The most additions without an overflow of 32 bits.
    const to = Math.min(at + 5552, bytes.length)
    for (; at < to; at++) {
      low += bytes[at]!
      high += low
    }
    low %= 65_521
    high %= 65_521
  }
  return ((high << 16) | low) >>> 0
}
