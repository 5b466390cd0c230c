import { dumpEntries, requestEntry, type Verb } from '@rtnl/live-table'
import type { CallOptions, Connection } from '@rtnl/netlink-core'
import { type DesiredEntry, noInterfaces } from '@rtnl/reconcile/declarations'
import { addressDefinition } from './definition.ts'
import { type Address, ownAddress } from './message.ts'
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
  await request(connection, 'add', entry, options)
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
  await request(connection, 'replace', entry, options)
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
  await request(connection, 'delete', entry, options)
}

/** Reads the addresses of a family (`AF_INET`, `AF_INET6`) once, in batches. */
export function dumpAddresses(
  connection: Connection,
  family: number,
  options: CallOptions = {},
): AsyncGenerator<Address[], void, undefined> {
  return dumpEntries(connection, addressDefinition, { family }, options)
}

async function request(
  connection: Connection,
  verb: Verb,
  desired: DesiredEntry<Address>,
  options: CallOptions,
): Promise<void> {
  const entry = normalizeAddress(desired, {}, noInterfaces)
  const title = `${ownAddress(entry)}/${entry.prefixlen}`
  await requestEntry(connection, addressDefinition, verb, { entry, title }, options)
}
