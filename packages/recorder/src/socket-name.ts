import type { SocketPurpose } from '@rtnl/netlink-core'

const purposes: readonly string[] = ['request', 'dump', 'notification'] satisfies SocketPurpose[]

/** The name of a socket among the interfaces of a recording: `dump 2` is the second that was open at a time. */
export function socketName(purpose: SocketPurpose, order: number): string {
  return `${purpose} ${order}`
}

/** What stands beside the name. */
export function socketDescription(namespace: string): string {
  return `NETLINK_ROUTE in ${namespace}`
}

/** A socket of a recording. */
export interface SocketName {
  /** What the socket is for. */
  readonly purpose: SocketPurpose
  /** The name of the connection: `netns blue`. */
  readonly namespace: string
}

/** Reads a name and its description; `undefined` if they are not of a recording. */
export function parseSocketName(name: string | undefined, description: string | undefined): SocketName | undefined {
  const purpose = /^(\w+) \d+$/.exec(name ?? '')?.[1]
  const namespace = /^NETLINK_ROUTE in (.+)$/s.exec(description ?? '')?.[1]
  if (purpose === undefined || namespace === undefined || !purposes.includes(purpose)) return undefined
  return { purpose: purpose as SocketPurpose, namespace }
}
