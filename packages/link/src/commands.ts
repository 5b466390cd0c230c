import { type CallOptions, type Connection, MessageFlag } from '@rtnl/netlink-core'
import { LinkFlag, LinkMessage } from './constants.ts'
import { linkMessage } from './message.ts'

/** Ids that no program may use for a table of its own: unspecified, compat, local, and the one that means none. */
const reservedTables: ReadonlySet<number> = new Set([0, 252, 255, 0xffffffff])

/**
 * Makes a VRF and sets it up.
 * @throws {TypeError | RangeError} the name is no interface name, or the table id is reserved (0, 252, 255, 4294967295)
 * @throws {NetlinkError} the kernel refused: the name is taken (`EEXIST`), it has no VRFs (`EOPNOTSUPP`), ...
 */
export async function addVrf(
  connection: Connection,
  { ifname, table }: { readonly ifname: string; readonly table: number },
  options: CallOptions = {},
): Promise<void> {
  checkName(ifname)
  if (!Number.isInteger(table) || table < 0 || table > 0xffffffff || reservedTables.has(table)) {
    throw new RangeError(`vrf.table: ${table} is no table id that may be used`)
  }
  await connection.request(
    {
      message: linkMessage,
      type: LinkMessage.NEW,
      flags: MessageFlag.CREATE | MessageFlag.EXCL,
      entry: { flags: LinkFlag.UP, ifname, kind: 'vrf', vrf: { table } },
      operation: `add vrf ${ifname}`,
    },
    options,
  )
}

/**
 * Deletes a link of any kind that can be.
 * @throws {TypeError} the name is no interface name
 * @throws {NetlinkError} there is none (`ENODEV`), or it cannot be deleted (`EOPNOTSUPP`)
 */
export async function deleteLink(connection: Connection, ifname: string, options: CallOptions = {}): Promise<void> {
  checkName(ifname)
  await connection.request(
    { message: linkMessage, type: LinkMessage.DEL, entry: { ifname }, operation: `delete link ${ifname}` },
    options,
  )
}

function checkName(ifname: unknown): void {
  // `dev_valid_name`: 1 to 15 bytes, no slash, colon or white space, and not a folder's name.
  if (typeof ifname !== 'string' || !/^[^/:\s]{1,15}$/.test(ifname) || ifname === '.' || ifname === '..') {
    throw new TypeError(`link.ifname: ${JSON.stringify(ifname)} is no name of an interface`)
  }
}
