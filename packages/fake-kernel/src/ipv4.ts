/** IPv4 addresses as numbers of 32 bits: what the kernel computes with. */

export function parseIpv4(text: string): number {
  return text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
}

/** The mask of a prefix of so many bits. */
export function maskOf(length: number): number {
  return length === 0 ? 0 : (-1 << (32 - length)) >>> 0
}

/** 224.0.0.0/4 */
export function isMulticast(address: number): boolean {
  return address >>> 28 === 14
}

/** 0.0.0.0/8 */
export function isZeroNetwork(address: number): boolean {
  return address >>> 24 === 0
}
