import { LiveTable, type LiveTableOptions, openTableAs } from '@rtnl/live-table'
import { addressDefinition } from './definition.ts'
import type { Address } from './message.ts'

/** The addresses of the interfaces of a namespace, live. */
export class AddressTable extends LiveTable<Address> {
  /** Opens the table; resolves once it is read. See `openTable` of `@rtnl/live-table` for the errors. */
  static open(options: LiveTableOptions = {}): Promise<AddressTable> {
    return openTableAs(addressDefinition, (place) => new AddressTable(place), options)
  }
}
