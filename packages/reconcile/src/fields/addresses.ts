import {
  AddressFamily,
  address as addressKind,
  familyOfText,
  hardwareAddress as hardwareAddressKind,
  InvalidValue,
  type Kind,
  Writer,
} from '@rtnl/netlink-core'
import type { FieldRule } from './rule.ts'

/** Rules of fields that are addresses, or other values that are bytes on the wire. */

const scratch = new Writer(64)

/** A value that the codec knows how to write, in the form in which it reads it. */
export function ofKind<Value>(kind: Kind<Value>): FieldRule<Value, unknown> {
  return (value) => {
    scratch.clear()
    kind.write(scratch, value as Value)
    return kind.read(scratch.view, 0, scratch.length)
  }
}

const canonical = ofKind(addressKind)

/** Many entries have few gateways. */
const known = new Map<string, string>()
const mostKnown = 1024

/** The one text of an IPv4 or IPv6 address. Throws `InvalidValue`. */
export function canonicalAddress(value: unknown): string {
  const found = known.get(value as string)
  if (found !== undefined) return found
  const made = canonical(value, undefined) as string
  if (known.size === mostKnown) known.clear()
  known.set(value as string, made)
  return made
}

const familyNames = new Map<number, string>([
  [AddressFamily.INET, 'IPv4'],
  [AddressFamily.INET6, 'IPv6'],
])

/**
 * The rule of a field with an IP address.
 * @param family the only accepted family (`AF_INET`, `AF_INET6`). Default: both
 */
export function ipAddress(family?: number): FieldRule<string, unknown> {
  return (value) => {
    const address = canonicalAddress(value)
    if (family !== undefined && familyOfText(address) !== family) {
      throw new InvalidValue(`${address} is not an ${familyNames.get(family)} address`)
    }
    return address
  }
}

const canonicalHardwareAddress = ofKind(hardwareAddressKind)

/**
 * The rule of a field with a hardware address.
 * @param length the only accepted number of bytes. Default: 1 to 32
 */
export function linkAddress(length?: number): FieldRule<string, unknown> {
  return (value) => {
    const address = canonicalHardwareAddress(value, undefined) as string
    if (length !== undefined && address.length !== length * 3 - 1) {
      throw new InvalidValue(`${address} has not ${length} bytes`)
    }
    return address
  }
}
