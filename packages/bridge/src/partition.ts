import type { Partition, TableDefinition } from '@rtnl/live-table'
import { AddressFamily, Errno, littleEndian } from '@rtnl/netlink-core'

/** What entries of all tables here have in their header. */
interface Header {
  readonly family: number
  readonly ifindex: number
}

/**
 * The entries of one interface, or all. Where the kernel says that there is no such interface, or that it is of another kind,
 * there are none.
 */
export function entriesOfInterface<Entry extends Header>(ifindex: number | undefined): Partition<Entry> {
  const family = AddressFamily.BRIDGE
  if (ifindex === undefined) return allEntries()
  return {
    name: `interface ${ifindex}`,
    request: { family, ifindex } as Partial<Entry>,
    contains: (entry) => entry.ifindex === ifindex,
    missing: [Errno.ENODEV, Errno.EINVAL, Errno.EOPNOTSUPP],
  }
}

/** All entries of a table. */
export function allEntries<Entry extends Header>(): Partition<Entry> {
  return { name: 'all', request: { family: AddressFamily.BRIDGE } as Partial<Entry> }
}

/**
 * The entries of one interface in a table whose dump the kernel cannot filter: the dump of all is read for them.
 */
export function entriesAmongAll<Entry extends Header>(ifindex: number): Partition<Entry> {
  return { ...allEntries<Entry>(), name: `interface ${ifindex}`, contains: (entry) => entry.ifindex === ifindex }
}

/** Where the index is in `struct br_vlan_msg`, `struct tunnel_msg` and `struct br_port_msg`. */
const ifindexInHeader = 4

/** Whether a message is about one interface, or any. */
export function acceptInterface<Entry>(ifindex: number | undefined): Pick<TableDefinition<Entry>, 'accept'> {
  if (ifindex === undefined) return {}
  return {
    accept: ({ view, body }) => view.getUint32(body + ifindexInHeader, littleEndian) === ifindex,
  }
}
