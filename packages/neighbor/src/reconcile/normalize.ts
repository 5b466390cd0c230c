import { AddressFamily, addressBytes, formatIpv4, formatIpv6, InvalidValue } from '@rtnl/netlink-core'
import type { Neighbor } from '../message.ts'

/** What the checks of neighbours and of forwarding entries share. */

/** Makes the errors of a check those of the caller: `neighbor.lladdr: ...`. */
export function checked<Checked>(table: string, check: () => Checked): Checked {
  try {
    return check()
  } catch (error) {
    throw error instanceof InvalidValue ? error.toError(table) : error
  }
}

export function invalid(field: string, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

/** The canonical text of an address, and its family. */
export function canonicalAddress(field: string, text: string): { family: number; address: string } {
  try {
    const bytes = addressBytes(text)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return bytes.length === 4
      ? { family: AddressFamily.INET, address: formatIpv4(view, 0) }
      : { family: AddressFamily.INET6, address: formatIpv6(view, 0) }
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field) : error
  }
}

/** A hardware address of six bytes in lower case. */
export function canonicalHardwareAddress(lladdr: unknown): string {
  if (lladdr === undefined) throw invalid('lladdr', 'is missing', true)
  if (typeof lladdr !== 'string' || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(lladdr)) {
    throw invalid('lladdr', `${JSON.stringify(lladdr)} is not a hardware address such as 02:00:00:00:00:01`, true)
  }
  return lladdr.toLowerCase()
}

/** @param wanted that of the claim */
export function checkInterface(ifindex: number | undefined, wanted: number): void {
  if (ifindex === undefined || ifindex === wanted) return
  throw invalid('ifindex', `${String(ifindex)} is not ${wanted}, the interface that is written`)
}

/** @throws {InvalidValue} the entry has a field that entries of its kind have not */
export function refuse(entry: Partial<Neighbor>, fields: readonly (keyof Neighbor)[], why: string): void {
  for (const field of fields) {
    if (entry[field] !== undefined) throw invalid(field, why, true)
  }
}
