import { checkKey, type EntryKey, LiveTable, type LiveTableOptions, openTableAs } from '@rtnl/live-table'
import { AddressFamily, familyOfText } from '@rtnl/netlink-core'
import { addressDefinition } from './definition.ts'
import type { Address } from './message.ts'

/**
 * A key of addresses: `ifindex` and `address`. That of an IPv4 address has `prefixlen` too, and `local` if there is a peer, which is
 * `address` then. That of an IPv6 address with a peer has `local`. An address that was read is its own key.
 */
export type AddressKey = EntryKey<Address, 'ifindex' | 'address', 'prefixlen' | 'local'>

/** The addresses of the interfaces of a namespace, live. */
export class AddressTable extends LiveTable<Address> {
  /** Opens the table; resolves once it is read. See `openTable` of `@rtnl/live-table` for the errors. */
  static open(options: LiveTableOptions = {}): Promise<AddressTable> {
    return openTableAs(addressDefinition, (place) => new AddressTable(place), options)
  }

  /**
   * One address, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `ifindex` or `address`, that of an IPv4 address no `prefixlen`, or a field that
   *   does not fit
   */
  override get(key: AddressKey): Address | undefined {
    checkKey('address', key, ['ifindex'])
    const { address, local }: Partial<Address> = key
    // An IPv4 address with an other end of zeros has `local` alone.
    if (local === undefined) checkKey('address', key, ['address'])
    const own = address ?? local
    if (typeof own !== 'string') throw new TypeError(`address.address: ${String(own)} is not an address`)
    const family = familyOfText(own)
    if (family === AddressFamily.INET6) return super.get({ ...key, family })
    checkKey('address', key, ['prefixlen'])
    return super.get({ ...key, family, local: local ?? own })
  }
}
