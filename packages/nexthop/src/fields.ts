import { encapsulationTypes, nexthopFlags, routeScopes, routingProtocols } from '@rtnl/names'
import { AddressFamily, InvalidValue, presence } from '@rtnl/netlink-core'
import {
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  listOf,
  named,
  ofKind,
  oneOf,
  refused,
  shownOnly,
  structure,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { NexthopGroupType } from './constants.ts'
import type { NexthopGroupMember } from './group.ts'
import type { Nexthop } from './message.ts'
import { encapsulationField } from './reconcile/encapsulation.ts'

/** What each field of a nexthop may be, and what the kernel makes of it (`net/ipv4/nexthop.c`). */

const u32 = 0xffffffff
const id = wholeNumber(1, u32)

const memberFields = new EntryFields<NexthopGroupMember>('member', { id, weight: wholeNumber(1, 0xffff) })

const member: FieldRule<NexthopGroupMember> = (value, context) => {
  const { id: of, weight = 1 } = memberFields.check(value, context)
  if (of === undefined) throw new InvalidValue('is missing', true).under('id')
  return { id: of, weight }
}

/** The kernel counts in 32 bits of its own ticks, of which it has 1000 a second at most; its clock has 100. */
const timer = wholeNumber(0, Math.floor(u32 / 10))

const resilientFields = new EntryFields<NonNullable<Nexthop['resGroup']>>('resGroup', {
  buckets: wholeNumber(1, 0xffff),
  idleTimer: timer,
  unbalancedTimer: timer,
  unbalancedTime: shownOnly,
})

const { onlink, dead, offload, trap, linkdown } = nexthopFlags

export const nexthopFields = new EntryFields<Nexthop>(
  'nexthop',
  {
    family: oneOf({ unspec: AddressFamily.UNSPEC, inet: AddressFamily.INET, inet6: AddressFamily.INET6 }),
    scope: named('a scope', routeScopes, 0, 0xff),
    protocol: named('a routing protocol', routingProtocols, 0, 0xff),
    flags: flagSet({ written: { onlink }, shown: { dead, offload, trap, linkdown } }),
    id,
    blackhole: ofKind(presence),
    fdb: ofKind(presence),
    oif: interfaceIndex,
    gateway: ipAddress(),
    encap: encapsulationField,
    encapType: named('a lightweight tunnel', encapsulationTypes, 1, 0xffff),
    groupType: oneOf({ mpath: NexthopGroupType.MPATH, resilient: NexthopGroupType.RES }),
    group: listOf(member),
    resGroup: structure(resilientFields),
    groups: refused('is a filter for reading'),
  },
  { dev: 'oif', via: 'gateway', proto: 'protocol' },
)
