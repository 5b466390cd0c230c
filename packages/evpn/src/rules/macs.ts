/** Hardware addresses of 6 bytes as numbers below 2^48, so that hundreds of thousands of them need no texts. */

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const colon = 58
/** Characters of an address. */
const length = 17

/** @returns the number of an address as the kernel's tables show it, in small letters; `undefined` for any other text */
export function macNumber(text: string | undefined): number | undefined {
  if (text?.length !== length) return undefined
  let number = 0
  for (let at = 0; at < length; at += 3) {
    const high = digit(text.charCodeAt(at))
    const low = digit(text.charCodeAt(at + 1))
    if (high < 0 || low < 0 || (at > 0 && text.charCodeAt(at - 1) !== colon)) return undefined
    number = number * 256 + high * 16 + low
  }
  return number
}

export function macText(number: number): string {
  const high = Math.floor(number / 0x1_0000_0000)
  const low = number >>> 0
  return `${pairs[high >> 8]}:${pairs[high & 255]}:${pairs[low >>> 24]}:${pairs[(low >> 16) & 255]}:${pairs[(low >> 8) & 255]}:${pairs[low & 255]}`
}

function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  return code >= 97 && code <= 102 ? code - 87 : -1
}
