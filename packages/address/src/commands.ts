import { type CallOptions, type Connection, MessageFlag } from '@rtnl/netlink-core'
import { type DesiredEntry, noInterfaces } from '@rtnl/reconcile'
import { AddressMessage } from './constants.ts'
import { type Address, addressMessage, ownAddress } from './message.ts'
import { normalizeAddress } from './normalize.ts'

/**
 * Adds an address to an interface.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} the kernel refused: the interface has the address (`EEXIST`), there is none (`ENODEV`), ...
 */
export async function addAddress(
  connection: Connection,
  entry: DesiredEntry<Address>,
  options: CallOptions = {},
): Promise<void> {
  await write(connection, AddressMessage.NEW, MessageFlag.CREATE | MessageFlag.EXCL, 'add', entry, options)
}

/**
 * Adds an address, or changes the one that is there. Of an IPv4 address the kernel changes lifetimes, metric and protocol, and
 * leaves all else as it is; of an IPv6 address also flags and the other end, and leaves the prefix length.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} the kernel refused
 */
export async function replaceAddress(
  connection: Connection,
  entry: DesiredEntry<Address>,
  options: CallOptions = {},
): Promise<void> {
  await write(connection, AddressMessage.NEW, MessageFlag.CREATE | MessageFlag.REPLACE, 'replace', entry, options)
}

/**
 * Deletes an address. With a primary IPv4 address the kernel deletes the secondary ones of its prefix, unless
 * `promote_secondaries` is set.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} there is none (`EADDRNOTAVAIL`)
 */
export async function deleteAddress(
  connection: Connection,
  entry: DesiredEntry<Address>,
  options: CallOptions = {},
): Promise<void> {
  await write(connection, AddressMessage.DEL, 0, 'delete', entry, options)
}

/** Reads the addresses of a family (`AF_INET`, `AF_INET6`) once, in batches. */
export function dumpAddresses(
  connection: Connection,
  family: number,
  options: CallOptions = {},
): AsyncGenerator<Address[], void, undefined> {
  const request = { message: addressMessage, type: AddressMessage.GET, entry: { family }, operation: 'dump address' }
  return connection.dump(request, options)
}

async function write(
  connection: Connection,
  type: number,
  flags: number,
  verb: string,
  wanted: DesiredEntry<Address>,
  options: CallOptions,
): Promise<void> {
  const entry = normalizeAddress(wanted, {}, noInterfaces)
  const operation = `${verb} address ${ownAddress(entry)}/${entry.prefixlen}`
  await connection.request({ message: addressMessage, type, flags, entry, operation }, options)
}
