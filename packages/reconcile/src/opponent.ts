import { readFileSync } from 'node:fs'
import { isGranted } from '@rtnl/netlink-core'

/**
 * Describes the sender of a request to people. The first netlink socket of a process has the id of the process as its port
 * id. Of other sockets, and of processes that have ended or run in another container, only the port id is known.
 * @param origin the port id of a notification (`nlmsg_pid`); 0 if the kernel does not say whose request it was
 */
export function describeOpponent(origin: number): string {
  if (origin === 0) return 'somebody else'
  const name = processName(origin)
  return name === undefined ? `another program (netlink port id ${origin})` : `${name} (process ${origin})`
}

function processName(id: number): string | undefined {
  const file = `/proc/${id}/comm`
  // Deno would ask the user in the middle of it.
  if (!isGranted({ name: 'read', path: file })) return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    // No such process any more, or not Linux.
    return undefined
  }
}
