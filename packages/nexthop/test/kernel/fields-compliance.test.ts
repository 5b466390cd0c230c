import { type FieldSubject, fieldCompliance, ifindex, numbersAndJunk, withFields } from '@rtnl/compliance'
import { NexthopFlag, sameEncapsulation } from '@rtnl/netlink-core'
import { type Nexthop, nexthopOwner } from '@rtnl/nexthop'
import type { DesiredEntry } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'

const setup = [
  'ip link set lo up',
  'ip link add v0 type veth peer name p0',
  'ip link set v0 addrgenmode none',
  'ip link set p0 addrgenmode none',
  'ip link set v0 up',
  'ip link set p0 up',
  'ip addr add 10.0.0.1/24 dev v0',
  'ip addr add fd00::1/64 dev v0 nodad',
  'ip nexthop add id 1 via 10.0.0.2 dev v0',
  'ip nexthop add id 2 via fd00::2 dev v0',
  'ip nexthop add id 3 via 192.0.2.1 fdb',
  'ip nexthop add id 4 via 192.0.2.2 fdb',
]

const timers = fc.oneof(numbersAndJunk, fc.constantFrom<unknown>(100, 125, 429496729, 429496730))

function wanted(oif: number): fc.Arbitrary<DesiredEntry<Nexthop>> {
  const gateways = fc.constantFrom<unknown>('10.0.0.2', 'fd00::2', '0.0.0.0', '::', 'x', null)
  const member = withFields(
    fc.constantFrom({ id: 1 }, { id: 2 }),
    { weight: fc.oneof(fc.integer({ min: 1, max: 65535 }), numbersAndJunk), id: numbersAndJunk },
    1,
  )
  const groups = fc.uniqueArray(member, { maxLength: 2, selector: (each) => JSON.stringify(each) })
  const resilient = withFields(fc.constant({ buckets: 4 }), {
    buckets: numbersAndJunk,
    idleTimer: timers,
    unbalancedTimer: timers,
    unbalancedTime: numbersAndJunk,
  })
  const leading = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom({ oif, gateway: '10.0.0.2' }, { oif, gateway: 'FD00::2' }, { oif }) },
    { weight: 1, arbitrary: fc.record({ oif: fc.constant(oif), gateway: gateways }) },
    { weight: 1, arbitrary: fc.constantFrom({ blackhole: true }, { blackhole: true, family: 'inet6' }) },
    {
      weight: 1,
      arbitrary: fc.record({ fdb: fc.constant(true), gateway: gateways, family: fc.constantFrom(2, 10, undefined) }),
    },
    { weight: 2, arbitrary: groups.map((group) => ({ group })) },
    { weight: 1, arbitrary: fc.constant({ group: [{ id: 3 }, { id: 4, weight: 2 }], fdb: true }) },
    {
      weight: 2,
      arbitrary: fc.tuple(groups, resilient).map(([group, resGroup]) => ({ group, groupType: 'resilient', resGroup })),
    },
    // Without options: others end this kernel.
    { weight: 1, arbitrary: fc.constant({ oif, encapType: 'ip', encap: { id: 5, dst: '10.0.0.9' } }) },
  )
  return withFields(
    leading.map((fields) => ({ id: 50, ...fields })),
    {
      id: fc.constantFrom<unknown>(50, 0xffffffff, 2 ** 32, 0, '50', null),
      family: fc.constantFrom<unknown>(2, 10, 0, 7, 'inet', 'inet6', null),
      scope: fc.oneof(fc.constantFrom<unknown>('link', 'host', 'global'), numbersAndJunk),
      protocol: fc.constantFrom<unknown>(84, '84', 3, 'bgp', null),
      flags: fc.oneof(
        fc.constantFrom<unknown>(0, 4, 'onlink', ['onlink', 'dead'], 'pervasive', []),
        fc.nat(31).map((bit) => 2 ** bit),
        numbersAndJunk,
      ),
      blackhole: fc.constantFrom<unknown>(true, false, 1, null),
      fdb: fc.constantFrom<unknown>(true, false, 1, null),
      oif: fc.constantFrom<unknown>(oif, 4711, 0, null),
      gateway: gateways,
      encapType: fc.constantFrom<unknown>(2, 0, 'mpls', null),
      groupType: fc.constantFrom<unknown>(0, 1, 2, 'mpath', null),
      resGroup: resilient,
      groups: fc.constantFrom<unknown>(true, null),
    },
    2,
  )
}

function told(shown: Nexthop, normal: Nexthop): Nexthop {
  const { resGroup, encap, flags, ...rest } = shown
  const timer = (name: 'idleTimer' | 'unbalancedTimer'): object => {
    const [is, was] = [resGroup?.[name], normal.resGroup?.[name]]
    // Left to the kernel, or an odd time, of which a kernel with 250 ticks a second shows one less.
    return was === undefined || is === undefined ? {} : { [name]: was % 2 === 1 && is === was - 1 ? was : is }
  }
  const { buckets = 0 } = resGroup ?? {}
  return {
    ...rest,
    flags: flags & NexthopFlag.ONLINK,
    ...(encap === undefined ? {} : { encap: sameEncapsulation(normal.encap, encap) ? normal.encap! : encap }),
    ...(resGroup === undefined ? {} : { resGroup: { buckets, ...timer('idleTimer'), ...timer('unbalancedTimer') } }),
  }
}

const subject: FieldSubject<Nexthop, DesiredEntry<Nexthop>> = {
  setup,
  rules: async () => nexthopOwner({ protocol: 84 }),
  wanted: (netns) => wanted(ifindex(netns, 'v0')),
  told,
  tries: 500,
}

const tests = suite('fields of nexthops')
fieldCompliance(tests, subject)
tests.run()
