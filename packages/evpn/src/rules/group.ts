import { familyOfText } from '@rtnl/netlink-core'
import type { Nexthop, NexthopGroupMember } from '@rtnl/nexthop'
import type { CheckedConfig } from '../config.ts'
import type { Group, GroupReason, MemberFailure, MemberReason, Path, Remote } from '../entries.ts'
import type { Device } from '../topology/device.ts'
import { compareAddresses, isNoAddress } from './addresses.ts'
import { portOf } from './row.ts'

/** What a group is derived from. */
export interface GroupSources {
  readonly config: CheckedConfig
  /** The vxlans of the VNI whose entries use it, from the smallest index. */
  readonly devices: readonly Device[]
  nexthop(id: number): Nexthop | undefined
  /** Whether an entry of the VNI names an address as an endpoint, other than as a member of a group. */
  isEndpoint(remote: Remote): boolean
}

/** A group of nexthops as a VNI uses it, without the number of its hardware addresses. */
export function groupOf(vni: number, nhId: number, sources: GroupSources): Omit<Group, 'macs'> {
  const devices = sources.devices.map(({ ifindex }) => ifindex)
  const members = membersOf(nhId, sources)
  if (typeof members === 'string') {
    return { vni, nhId, devices, paths: [], status: 'unresolved', reason: members, failures: [] }
  }
  const paths: Path[] = []
  const failures: MemberFailure[] = []
  for (const { id, weight } of members) {
    const remote = remoteOf(id, vni, sources)
    if (typeof remote === 'string') failures.push({ member: id, reason: remote })
    else paths.push({ remote, weight, nexthopId: id })
  }
  paths.sort(comparePaths)
  failures.sort((a, b) => a.member - b.member)
  if (paths.length === 0) return { vni, nhId, devices, paths, status: 'unresolved', reason: 'no-members', failures }
  return { vni, nhId, devices, paths, status: failures.length === 0 ? 'resolved' : 'partial', failures }
}

function membersOf(nhId: number, { nexthop }: GroupSources): readonly NexthopGroupMember[] | GroupReason {
  const object = nexthop(nhId)
  if (object === undefined) return 'nexthop-missing'
  if (object.group === undefined) return 'nexthop-not-group'
  // The kernel lets a group in use be replaced by one that is not for forwarding entries.
  return object.fdb === true ? object.group : 'nexthop-not-fdb'
}

function remoteOf(
  id: number,
  vni: number,
  { config, devices, nexthop, isEndpoint }: GroupSources,
): Remote | MemberReason {
  const member = nexthop(id)
  if (member === undefined) return 'missing'
  if (member.group !== undefined) return 'is-group'
  if (member.fdb !== true) return 'not-fdb'
  const { gateway: ip } = member
  if (ip === undefined || isNoAddress(ip)) return 'no-gateway'
  const family = familyOfText(ip)
  const device = devices.find((each) => each.family === family)
  if (device === undefined) return 'family'
  const remote = { ip, port: portOf(device, config), encapVni: vni }
  return config.members || isEndpoint(remote) ? remote : 'no-endpoint'
}

function comparePaths(one: Path, other: Path): number {
  return (
    compareAddresses(one.remote.ip, other.remote.ip) ||
    one.remote.port - other.remote.port ||
    one.weight - other.weight ||
    (one.nexthopId ?? 0) - (other.nexthopId ?? 0)
  )
}
