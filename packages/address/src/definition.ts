import { defineTable, type Partition, type RowDraft, sharedDefinitions, type TableDefinition } from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { AddressMessage } from './constants.ts'
import { type Address, addressMessage, ownAddress, peerOf } from './message.ts'
import { partitions } from './partitions.ts'
import { linkTrigger } from './triggers.ts'

/** Words of a key: each address has four. */
const word = { family: 0, prefixlen: 1, address: 3, local: 7, end: 11 } as const

/** With IPv6 an interface has an address once, whatever its prefix and the other end of the link. */
function prepare({ key }: RowDraft): 'present' {
  if (key[word.family] !== AddressFamily.INET6) return 'present'
  key[word.prefixlen] = 0
  if (key.subarray(word.local, word.end).some((value) => value !== 0)) {
    key.copyWithin(word.address, word.local, word.end)
    key.fill(0, word.local, word.end)
  }
  return 'present'
}

/** The part of all addresses that a table holds. */
export interface AddressPart {
  /** Only this family (`AF_INET`, `AF_INET6`). */
  readonly family?: number | undefined
}

/** Addresses of interfaces: IPv4 by interface, address, prefix and other end, IPv6 by interface and address. */
export function defineAddresses(part: AddressPart = {}): TableDefinition<Address> {
  return definitions(part)
}

const definitions = sharedDefinitions(({ family }: AddressPart): TableDefinition<Address> => {
  const chosen: readonly Partition<Address>[] = partitions.filter(
    ({ request }) => (family ?? request.family) === request.family,
  )
  const isChosen = (other: number): boolean => chosen.some(({ request }) => request.family === other)
  const groups = new Map<number, number>([
    [AddressFamily.INET, MulticastGroup.IPV4_IFADDR],
    [AddressFamily.INET6, MulticastGroup.IPV6_IFADDR],
  ])
  return defineTable({
    name: 'address',
    message: addressMessage,
    types: { new: AddressMessage.NEW, delete: AddressMessage.DEL, get: AddressMessage.GET },
    groups: [...groups].flatMap(([other, group]) => (isChosen(other) ? [group] : [])),
    key: ['family', 'prefixlen', 'ifindex', 'address', 'local'],
    keyText,
    // A socket that other tables use too hears the groups of all families.
    accept: ({ view, body }) => isChosen(view.getUint8(body)),
    prepare,
    partitions: chosen,
    // A dump counts the addresses that it has shown: where one goes meanwhile, it passes over another one.
    dumps: 'racy',
    triggers: isChosen(AddressFamily.INET6) ? [linkTrigger] : [],
  })
})

function keyText(entry: Address): string {
  const { family, ifindex, prefixlen } = entry
  const own = `${ifindex} ${ownAddress(entry)}`
  if (family === AddressFamily.INET6) return own
  // An IPv4 address may have an other end of zeros, which the kernel leaves out.
  const peer = entry.address === undefined ? '0.0.0.0' : peerOf(entry)
  return `${own}/${prefixlen}${peer === undefined ? '' : ` peer ${peer}`}`
}

/** All addresses of a namespace. */
export const addressDefinition: TableDefinition<Address> = defineAddresses()
