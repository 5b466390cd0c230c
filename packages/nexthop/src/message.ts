import {
  AddressFamily,
  address,
  attribute,
  EncapsulationType,
  encapsulation,
  enumerated,
  header,
  hidden,
  type Infer,
  message,
  nested,
  presence,
  RouteProtocol,
  RouteScope,
  u8,
  u16,
  u32,
  u64,
} from '@rtnl/netlink-core'
import { NexthopAttribute, NexthopGroupType, ResilientGroupAttribute } from './constants.ts'
import { group } from './group.ts'

/** Parameters of a resilient group (`NHA_RES_GROUP`). Timers are in clock ticks, 100 a second (`clock_t`). */
const resilientGroup = nested('resGroup', {
  /** Number of buckets, 1 to 65535. */
  buckets: attribute(ResilientGroupAttribute.BUCKETS, u16),
  /** Ticks of 1/100 s for which a bucket has to be unused before it may move to another member. */
  idleTimer: attribute(ResilientGroupAttribute.IDLE_TIMER, u32),
  /** Ticks of 1/100 s out of balance after which buckets in use move too; 0: never. */
  unbalancedTimer: attribute(ResilientGroupAttribute.UNBALANCED_TIMER, u32),
  /** Ticks of 1/100 s for which the group has been out of balance. */
  unbalancedTime: attribute(ResilientGroupAttribute.UNBALANCED_TIME, u64, { volatile: true }),
})

/** `struct nhmsg` and the attributes of a nexthop object, in the order in which the kernel writes them. */
export const nexthopMessage = message('nexthop', {
  header: {
    /** `AF_INET` (2) or `AF_INET6` (10), that of the gateway; `AF_UNSPEC` (0) for groups. */
    family: header(enumerated(u8, AddressFamily)),
    /** That of the gateway (`RT_SCOPE_*`); the kernel sets it. */
    scope: header(enumerated(u8, RouteScope)),
    /** Who made it (`RTPROT_*`). */
    protocol: header(enumerated(u8, RouteProtocol)),
    /** Filler. */
    reserved: hidden(u8),
    /** `NexthopFlag`. */
    flags: header(u32),
  },
  attributes: {
    /** `NHA_ID`: from 1; in a request to add one, absent: the kernel chooses it. */
    id: attribute(NexthopAttribute.ID, u32),
    /** `NHA_BLACKHOLE`: present where packets are dropped. */
    blackhole: attribute(NexthopAttribute.BLACKHOLE, presence),
    /** `NHA_FDB`: present where it is for forwarding entries of vxlans, and not for routes. */
    fdb: attribute(NexthopAttribute.FDB, presence),
    /** `NHA_OIF`: index of the interface that packets leave by; absent for groups, blackholes and those with `fdb`. */
    oif: attribute(NexthopAttribute.OIF, u32),
    /** `NHA_GATEWAY`: IP address; absent: the destination is on the link. */
    gateway: attribute(NexthopAttribute.GATEWAY, address),
    /** `NHA_ENCAP`: the header that packets get; absent: none. */
    encap: encapsulation(NexthopAttribute.ENCAP, NexthopAttribute.ENCAP_TYPE),
    /** `NHA_ENCAP_TYPE`: which kind of header that is (`LWTUNNEL_ENCAP_*`). */
    encapType: attribute(NexthopAttribute.ENCAP_TYPE, enumerated(u16, EncapsulationType)),
    /** `NHA_GROUP_TYPE`: by hash of the flow (0), or resilient (1); absent where it is no group. */
    groupType: attribute(NexthopAttribute.GROUP_TYPE, enumerated(u16, NexthopGroupType)),
    group,
    /** `NHA_RES_GROUP`; absent where it is no resilient group. */
    resGroup: attribute(NexthopAttribute.RES_GROUP, resilientGroup),
    /** `NHA_GROUPS`: of a request to dump, groups alone. No entry has it. */
    groups: attribute(NexthopAttribute.GROUPS, presence),
  },
})

/** A nexthop object as the kernel reports it: a single nexthop, or a group of them. */
export type Nexthop = Infer<typeof nexthopMessage>
