import { unmapAddress } from '@rtnl/netlink-core'
import type { NexthopGroupMember } from './group.ts'

/** What is OVN's own: the text line in which its test tool prints a nexthop. */

interface Formatted {
  readonly id?: number | undefined
  readonly gateway?: string | undefined
  readonly group?: readonly NexthopGroupMember[] | undefined
}

/**
 * One line for people and logs, as OVN writes it: `id=1, address=192.168.1.1` or `id=12, group=[1;192.168.1.1;100, 2;192.168.1.2;200]`.
 * A member without an address prints as `id;weight`, a nexthop without one as `address=::`. IPv4 in IPv6 prints as IPv4.
 * @param resolve finds the members of a group; without it none has an address
 */
export function formatNexthop(entry: Formatted, resolve?: (id: number) => Formatted | undefined): string {
  const { id, gateway, group } = entry
  if (gateway !== undefined || group === undefined) return `id=${id}, address=${unmapAddress(gateway ?? '::')}`
  const members = group.map((member) => {
    const address = resolve?.(member.id)?.gateway
    const parts = [member.id, ...(address === undefined ? [] : [unmapAddress(address)]), member.weight]
    return parts.join(';')
  })
  return `id=${id}, group=[${members.join(', ')}]`
}
