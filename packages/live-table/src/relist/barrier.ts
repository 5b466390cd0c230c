import { type Connection, header, hidden, message, NetlinkError, s32, u8, u16, u32 } from '@rtnl/netlink-core'

/** `struct ifinfomsg`, of which only the index matters here. */
const interfaceMessage = message('interface', {
  header: {
    family: header(u8),
    filler: hidden(u8),
    type: hidden(u16),
    ifindex: header(s32),
    flags: hidden(u32),
    change: hidden(u32),
  },
  attributes: {},
})
const RTM_GETLINK = 18
const loopback = 1

/**
 * Waits until no request that changes links, addresses or nexthops is under way in the kernel. Some notifications go out
 * before the change is complete, and reading routes does not wait for it; asking for one link does, since that takes
 * the kernel's RTNL lock.
 */
export async function barrier(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const entry = { ifindex: loopback }
  try {
    await connection.request(
      { message: interfaceMessage, type: RTM_GETLINK, entry, operation: 'get loopback' },
      { signal },
    )
  } catch (error) {
    // Whatever the kernel answers, it had the lock.
    if (!(error instanceof NetlinkError)) throw error
  }
}
