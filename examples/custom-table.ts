import { type Link, linkDefinition } from '@rtnl/link'
import {
  defineTable,
  LiveTable,
  type LiveTableOptions,
  onTable,
  openTableAs,
  type TableDefinition,
} from '@rtnl/live-table'
import { address, attribute, header, type Infer, MulticastGroup, message, u8, u32 } from '@rtnl/netlink-core'

// Addresses of interfaces: `struct ifaddrmsg` and two of its attributes (linux/if_addr.h).
const addressMessage = message('address', {
  header: { family: header(u8), prefixLength: header(u8), flags: header(u8), scope: header(u8), ifindex: header(u32) },
  attributes: { address: attribute(1, address), local: attribute(2, address) },
})
type Address = Infer<typeof addressMessage>

const addressDefinition: TableDefinition<Address> = defineTable({
  name: 'address',
  message: addressMessage,
  types: { new: 20, delete: 21, get: 22 },
  groups: [MulticastGroup.IPV4_IFADDR, MulticastGroup.IPV6_IFADDR],
  // `address` is the other end of a link between two, and otherwise the same as `local`, which IPv6 then leaves out.
  key: ['family', 'prefixLength', 'ifindex', 'address', 'local'],
  keyText: ({ ifindex, local, address: far, prefixLength }) => `${ifindex} ${local ?? far} ${far}/${prefixLength}`,
  partitions: [{ name: 'all', request: {} }],
  // What comes or goes while the kernel reads its lists may make it pass over others.
  dumps: 'racy',
  // The kernel announces every address that it removes with its link. If it did not, this would relist the table.
  triggers: [
    onTable(linkDefinition, 'link', (_old: Link | undefined, next: Link | undefined) =>
      next === undefined ? [{ name: 'all', request: {} }] : [],
    ),
  ],
})

/** The addresses of a namespace, live, with questions of their own. */
class AddressTable extends LiveTable<Address> {
  static open(options: LiveTableOptions = {}): Promise<AddressTable> {
    return openTableAs(addressDefinition, (place) => new AddressTable(place), options)
  }

  *of(ifindex: number): Generator<string> {
    for (const { ifindex: owner, local, address: far, prefixLength } of this) {
      if (owner === ifindex) yield `${local ?? far}/${prefixLength}`
    }
  }
}

const [netns] = process.argv.slice(2)
await using addresses = await AddressTable.open({ netns })

for await (const { event, changes, entries } of addresses.changes()) {
  if (event === 'synced') console.log(`${entries} addresses, of the loopback: ${[...addresses.of(1)].join(' ')}`)
  if (event === 'resync') console.log(`read again: ${entries} addresses`)
  for (const { kind, entry } of changes) {
    console.log(`${kind} ${entry.local ?? entry.address}/${entry.prefixLength} of interface ${entry.ifindex}`)
  }
}
