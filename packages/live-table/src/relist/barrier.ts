import { type Connection, Errno, header, hidden, message, NetlinkError, s32, u8, u16, u32 } from '@rtnl/netlink-core'
import { pause } from '@rtnl/netlink-core/internal'

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

const operation = 'get loopback'

/** Errors by which the system does not take a request for the moment, or loses its answer. */
const transientErrors: ReadonlySet<number> = new Set([Errno.EINTR, Errno.EAGAIN, Errno.ENOMEM, Errno.ENOBUFS])
const longestPause = 1000

/**
 * Waits until the kernel has completed the requests under way that change links, addresses or nexthops. The kernel sends
 * some notifications before the change is complete, and a dump of routes does not wait for it. A request for one link
 * does, since the kernel takes its RTNL lock to answer it.
 * @throws {NetlinkError} the socket for requests is broken
 */
export async function barrier(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const request = { message: interfaceMessage, type: RTM_GETLINK, entry: { ifindex: loopback }, operation }
  let last: unknown
  for (let milliseconds = 1; ; milliseconds = Math.min(milliseconds * 2, longestPause)) {
    try {
      await connection.request(request, { signal })
      return
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      // Even a refusal proves that the kernel held the lock. What names another operation is no answer of the kernel.
      if (error.operation === operation) return
      // A socket that is broken gives the same error again.
      if (error === last || !transientErrors.has(error.errno)) throw error
      last = error
    }
    await pause(milliseconds, signal)
  }
}
