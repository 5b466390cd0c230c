import { NexthopFlag } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'

/** One way of a route (`struct fib_nh`). */
export interface FibPath {
  /** 0 where there is no gateway. */
  readonly gateway: number
  /** Index of the interface; the kernel finds it for a gateway. 0 for what is no way at all. */
  oif: number
  readonly weight: number
  /** `RTNH_F_*` */
  flags: number
  scope: number
  link: FakeLink | undefined
}

/** What routes know of a nexthop object that they go by. */
export interface RouteNexthop {
  readonly id: number
  /** What routes have of it, the last first. */
  readonly infos: FibInfo[]
  isGroup(): boolean
  isBlackhole(): boolean
  paths(): readonly FibPath[]
}

/** What routes to several prefixes may have in common (`struct fib_info`): the kernel has it once. */
export class FibInfo {
  readonly table: number
  readonly type: number
  readonly scope: number
  readonly protocol: number
  readonly priority: number
  readonly preferredSource: number
  readonly mtu: number
  readonly paths: readonly FibPath[]
  readonly nexthop: RouteNexthop | undefined
  /** `RTNH_F_*` */
  flags: number
  /** Its preferred source is no address any more: its removal is announced. */
  hasLostSource = false
  /** How many routes have it. */
  uses = 0

  constructor(fields: FibInfoFields) {
    this.table = fields.table
    this.type = fields.type
    this.scope = fields.scope
    this.protocol = fields.protocol
    this.priority = fields.priority
    this.preferredSource = fields.preferredSource
    this.mtu = fields.mtu
    this.flags = fields.flags
    this.paths = fields.paths
    this.nexthop = fields.nexthop
  }

  isDead(): boolean {
    return (this.flags & NexthopFlag.DEAD) !== 0
  }

  /** Whether both are one for the kernel. State is no part of it. */
  equals(other: FibInfo): boolean {
    const state = NexthopFlag.DEAD | NexthopFlag.LINKDOWN
    const isSamePath = (path: FibPath, index: number): boolean => {
      const otherPath = other.paths[index]
      return (
        otherPath !== undefined &&
        path.gateway === otherPath.gateway &&
        path.oif === otherPath.oif &&
        path.weight === otherPath.weight &&
        path.scope === otherPath.scope &&
        ((path.flags ^ otherPath.flags) & ~state) === 0
      )
    }
    return (
      this.table === other.table &&
      this.type === other.type &&
      this.scope === other.scope &&
      this.protocol === other.protocol &&
      this.priority === other.priority &&
      this.preferredSource === other.preferredSource &&
      this.mtu === other.mtu &&
      ((this.flags ^ other.flags) & ~state) === 0 &&
      this.nexthop?.id === other.nexthop?.id &&
      this.paths.length === other.paths.length &&
      this.paths.every(isSamePath)
    )
  }
}

type FibInfoFields = Pick<
  FibInfo,
  'table' | 'type' | 'scope' | 'protocol' | 'priority' | 'preferredSource' | 'mtu' | 'flags' | 'paths' | 'nexthop'
>
