import { AddressFamily, RouteScope } from '@rtnl/netlink-core'
import type { Nexthop } from '@rtnl/nexthop'
import { formatIpv4 } from '../ipv4.ts'
import type { FakeLink } from '../links/link.ts'
import type { FibInfo, FibPath } from '../routes/fib-info.ts'

/** A member of a group. */
interface FakeMember {
  readonly nexthop: FakeNexthop
  readonly weight: number
}

/** What a nexthop object is, beside its id and its protocol: one way, a blackhole, or a group of others. */
export type NexthopContent =
  | { readonly kind: 'path'; readonly path: FibPath; readonly link: FakeLink }
  | { readonly kind: 'blackhole'; readonly path: FibPath; readonly link: FakeLink }
  | { readonly kind: 'group'; readonly members: readonly FakeMember[] }

/** A nexthop object. */
export class FakeNexthop {
  readonly id: number
  protocol: number
  content: NexthopContent
  /** The groups that have it, those that took it last first. */
  groups: FakeNexthop[] = []
  /** What routes have of it, the last first. */
  readonly infos: FibInfo[] = []

  constructor(id: number, protocol: number, content: NexthopContent) {
    this.id = id
    this.protocol = protocol
    this.content = content
  }

  isGroup(): boolean {
    return this.content.kind === 'group'
  }

  isBlackhole(): boolean {
    const { content } = this
    if (content.kind !== 'group') return content.kind === 'blackhole'
    return content.members.length === 1 && content.members[0]?.nexthop.isBlackhole() === true
  }

  /** How many ways it has. */
  size(): number {
    return this.content.kind === 'group' ? this.content.members.length : 1
  }

  paths(): readonly FibPath[] {
    const { content } = this
    return content.kind === 'group' ? content.members.flatMap(({ nexthop }) => nexthop.paths()) : [content.path]
  }

  /** The entry as the kernel reports it. */
  entry(): Partial<Nexthop> {
    const { content, id, protocol } = this
    if (content.kind === 'group') {
      const group = content.members.map(({ nexthop, weight }) => ({ id: nexthop.id, weight }))
      return { family: AddressFamily.UNSPEC, scope: 0, protocol, flags: 0, id, groupType: 0, group }
    }
    if (content.kind === 'blackhole') {
      return { family: AddressFamily.INET, scope: RouteScope.UNIVERSE, protocol, flags: 0, id, blackhole: true }
    }
    const { path } = content
    return {
      family: AddressFamily.INET,
      scope: path.scope,
      protocol,
      flags: path.flags,
      id,
      oif: path.oif,
      ...(path.gateway === 0 ? {} : { gateway: formatIpv4(path.gateway) }),
    }
  }
}
