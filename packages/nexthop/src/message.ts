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
  buckets: attribute(ResilientGroupAttribute.BUCKETS, u16),
  idleTimer: attribute(ResilientGroupAttribute.IDLE_TIMER, u32),
  unbalancedTimer: attribute(ResilientGroupAttribute.UNBALANCED_TIMER, u32),
  unbalancedTime: attribute(ResilientGroupAttribute.UNBALANCED_TIME, u64, { volatile: true }),
})

/** `struct nhmsg` and the attributes of a nexthop object, in the order in which the kernel writes them. */
export const nexthopMessage = message('nexthop', {
  header: {
    family: header(enumerated(u8, AddressFamily)),
    scope: header(enumerated(u8, RouteScope)),
    protocol: header(enumerated(u8, RouteProtocol)),
    reserved: hidden(u8),
    flags: header(u32),
  },
  attributes: {
    id: attribute(NexthopAttribute.ID, u32),
    blackhole: attribute(NexthopAttribute.BLACKHOLE, presence),
    fdb: attribute(NexthopAttribute.FDB, presence),
    oif: attribute(NexthopAttribute.OIF, u32),
    gateway: attribute(NexthopAttribute.GATEWAY, address),
    encap: encapsulation(NexthopAttribute.ENCAP, NexthopAttribute.ENCAP_TYPE),
    encapType: attribute(NexthopAttribute.ENCAP_TYPE, enumerated(u16, EncapsulationType)),
    groupType: attribute(NexthopAttribute.GROUP_TYPE, enumerated(u16, NexthopGroupType)),
    group,
    resGroup: attribute(NexthopAttribute.RES_GROUP, resilientGroup),
    groups: attribute(NexthopAttribute.GROUPS, presence),
  },
})

/** A nexthop object as the kernel reports it: a single nexthop, or a group of them. */
export type Nexthop = Infer<typeof nexthopMessage>
