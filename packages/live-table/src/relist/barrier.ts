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
 * Waits until the kernel has completed the requests under way that change links, addresses or nexthops. The kernel sends
 * some notifications before the change is complete, and a dump of routes does not wait for it. A request for one link
 * does, since the kernel takes its RTNL lock to answer it.
 */
export async function barrier(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const entry = { ifindex: loopback }
  try {
    await connection.request(
      { message: interfaceMessage, type: RTM_GETLINK, entry, operation: 'get loopback' },
      { signal },
    )
  } catch (error) {
    // Even a refusal proves that the kernel held the lock.
    if (!(error instanceof NetlinkError)) throw error
  }
}
