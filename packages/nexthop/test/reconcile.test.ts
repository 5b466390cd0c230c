import { MessageFlag } from '@rtnl/netlink-core'
import { type Nexthop, type NexthopEntry, nexthopOwner, normalizeNexthop } from '@rtnl/nexthop'
import type { Strategy } from '@rtnl/reconcile'
import { plan } from '@rtnl/reconcile/internal'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const owning = suite('nexthops of ours')

const protocol = 84
const rules = nexthopOwner({ protocol })

/** As the kernel shows single nexthops of ours. */
const single = { family: 2, scope: 253, protocol, flags: 0 } as const
/** The same of groups. */
const many = { family: 0, scope: 0, protocol, flags: 0, groupType: 0 } as const

owning('a wanted entry takes the form in which the kernel shows it', () => {
  const forms: readonly [wanted: NexthopEntry, shown: Nexthop][] = [
    [
      { id: 1, gateway: '10.0.0.2', oif: 3 },
      { ...single, id: 1, gateway: '10.0.0.2', oif: 3 },
    ],
    [
      { id: 1, gateway: 'FD00:0::2', oif: 3 },
      { ...single, family: 10, id: 1, gateway: 'fd00::2', oif: 3 },
    ],
    [
      { id: 1, oif: 3 },
      { ...single, scope: 254, id: 1, oif: 3 },
    ],
    [
      { id: 1, oif: 3, family: 10 },
      { ...single, family: 10, id: 1, oif: 3 },
    ],
    [
      { id: 1, blackhole: true },
      { ...single, scope: 0, id: 1, blackhole: true },
    ],
    [
      { id: 1, gateway: '10.0.0.2', fdb: true, flags: 0x1c },
      { ...single, id: 1, gateway: '10.0.0.2', fdb: true, flags: 4 },
    ],
    // As Linux 5.10 shows it.
    [
      { id: 1, oif: 3, scope: 253 },
      { ...single, scope: 254, id: 1, oif: 3 },
    ],
    // What Linux 6.18 shows of requests with these values, sent without a check.
    [
      { id: 1, gateway: '0.0.0.0', oif: 3 },
      { ...single, scope: 254, id: 1, oif: 3 },
    ],
    [
      { id: 1, gateway: '::', oif: 3 },
      { ...single, family: 10, id: 1, oif: 3 },
    ],
    [
      { id: 1, family: 10, fdb: true },
      { ...single, family: 10, id: 1, gateway: '::', fdb: true },
    ],
    [
      { id: 9, group: [{ id: 1 }, { id: 2 }] as NonNullable<NexthopEntry['group']> },
      {
        ...many,
        id: 9,
        group: [
          { id: 1, weight: 1 },
          { id: 2, weight: 1 },
        ],
      },
    ],
    [
      { id: 9, group: [{ id: 1, weight: 2 }], protocol },
      { ...many, id: 9, group: [{ id: 1, weight: 2 }] },
    ],
    [
      { id: 9, group: [{ id: 1, weight: 2 }], groupType: 1, resGroup: { buckets: 4, unbalancedTime: 7 } },
      { ...many, id: 9, groupType: 1, group: [{ id: 1, weight: 2 }], resGroup: { buckets: 4 } },
    ],
  ]
  for (const [wanted, shown] of forms) {
    assert.equal(normalizeNexthop(wanted, { protocol }), shown)
    assert.equal(normalizeNexthop(shown, { protocol }), shown, 'what is read can be wanted')
    assert.ok(rules.same(shown, shown))
  }
})

owning('what the kernel cannot take is refused with its place, and nothing is planned', () => {
  const good = { id: 1, blackhole: true }
  const cases: readonly [entries: readonly unknown[], error: typeof TypeError | typeof RangeError, message: string][] =
    [
      [[good, { blackhole: true }], TypeError, '[1].id: is missing'],
      [[{ ...good, id: 0 }], RangeError, '[0].id: 0 is not a whole number in 1..4294967295'],
      [[{ ...good, protocol: 3 }], RangeError, '[0].protocol: 3 is not 84, which marks nexthops of ours'],
      [[{ id: 1, gateway: 'there' }], TypeError, '[0].gateway: "there" is not an IPv4 or IPv6 address'],
      [
        [{ id: 1, gateway: 'fd00::1', family: 2, oif: 1 }],
        RangeError,
        '[0].family: 2 is not that of the gateway fd00::1, 10',
      ],
      [[{ id: 1, oif: 0 }], RangeError, '[0].oif: 0 is not a whole number in 1..2147483647'],
      [[{ id: 1, oif: '' }], RangeError, '[0].oif: "" is not the name of an interface'],
      [[good, { ...good, id: 2 }, good], RangeError, '[2]: nexthop id 1 is wanted twice, first by [0]'],
      [
        [{ id: 2, group: [{ id: 1, weight: 0 }] }],
        RangeError,
        '[0].group[0].weight: 0 is not a whole number in 1..65535',
      ],
      [[{ ...good, colour: 1 }], TypeError, '[0].colour: there is no such field'],
      [[null], TypeError, '[0]: null is not an object'],
      [[[]], TypeError, '[0]: an array is not an object'],
    ]
  for (const [entries, Kind, message] of cases) {
    assert.throws(
      () => plan(rules, entries as NexthopEntry[], []),
      (error: Error) => {
        assert.instance(error, Kind)
        assert.is(error.message, message)
        return true
      },
    )
  }
  for (const wrong of [-1, 256, 1.5, Number.NaN]) {
    assert.throws(() => nexthopOwner({ protocol: wrong }), `protocol: ${wrong} is not a whole number in 0..255`)
  }
})

/** What is to be done for one wanted entry, where the kernel has one with its id. */
function decided(wanted: NexthopEntry, actual: Nexthop): string {
  const { unchanged: keep, replace, conflicts, add, remove } = plan(rules, [wanted], [actual])
  assert.is(add.length + remove.length, 0)
  if (keep.length > 0) return 'keep'
  return replace[0]?.strategy ?? (conflicts.length > 0 ? 'conflict' : 'nothing')
}

owning('entries are compared with what the kernel makes of a request', () => {
  const gateway: Nexthop = { ...single, id: 1, gateway: '10.0.0.2', oif: 3 }
  assert.is(decided({ id: 1, gateway: '10.0.0.2', oif: 3 }, { ...gateway, flags: 0x18 }), 'keep')
  assert.is(decided({ id: 1, gateway: '10.0.0.2', oif: 3, flags: 4 }, gateway), 'replace')
  assert.is(decided({ id: 1, gateway: '10.0.0.3', oif: 3 }, gateway), 'replace')
  assert.is(decided({ id: 1, gateway: '10.0.0.2', oif: 4 }, gateway), 'replace')
  assert.is(decided({ id: 1, gateway: 'fd00::2', oif: 3 }, gateway), 'replace')
  assert.is(decided({ id: 1, blackhole: true }, gateway), 'replace')
  assert.is(decided({ id: 1, blackhole: true, family: 10 }, { ...single, scope: 0, id: 1, blackhole: true }), 'replace')
  const encapsulated: Nexthop = {
    ...gateway,
    encapType: 2,
    encap: { id: 5, dst: '10.1.1.1', src: '0.0.0.0', tos: 0, ttl: 0, flags: 0 },
  }
  const wanted = { id: 1, gateway: '10.0.0.2', oif: 3, encapType: 2 }
  assert.is(decided({ ...wanted, encap: { id: 5, dst: '10.1.1.1' } }, encapsulated), 'keep')
  assert.is(decided({ ...wanted, encap: { id: 6, dst: '10.1.1.1' } }, encapsulated), 'replace')
  assert.is(decided({ id: 1, gateway: '10.0.0.2', oif: 3 }, encapsulated), 'replace')
})

owning('groups are compared by their members and weights, in any order, and by the parameters that are given', () => {
  const member = (id: number, weight: number) => ({ id, weight })
  const group: Nexthop = { ...many, id: 9, group: [member(1, 1), member(2, 300)] }
  assert.is(decided({ id: 9, group: [member(2, 300), member(1, 1)] }, group), 'keep')
  assert.is(decided({ id: 9, group: [member(1, 1), member(2, 44)] }, group), 'replace')
  assert.is(decided({ id: 9, group: [member(1, 1)] }, group), 'replace')
  assert.is(decided({ id: 9, group: [member(1, 1), member(3, 300)] }, group), 'replace')
  assert.is(decided({ id: 9, group: [member(1, 1), member(2, 300)], fdb: true }, group), 'replace')
  const resilient: Nexthop = {
    ...group,
    groupType: 1,
    resGroup: { buckets: 8, idleTimer: 12000, unbalancedTimer: 0, unbalancedTime: 99 },
  }
  const wanted = { id: 9, group: [member(1, 1), member(2, 300)], groupType: 1 }
  assert.is(decided(wanted, resilient), 'keep')
  assert.is(decided({ ...wanted, resGroup: { unbalancedTime: 1 } }, resilient), 'keep')
  assert.is(decided({ ...wanted, resGroup: { buckets: 8, idleTimer: 12000 } }, resilient), 'keep')
  assert.is(decided({ ...wanted, resGroup: { idleTimer: 100 } }, resilient), 'replace')
  assert.is(decided({ ...wanted, resGroup: { unbalancedTimer: 100 } }, resilient), 'replace')
})

owning('what the kernel cannot replace is made anew', () => {
  const gateway: Nexthop = { ...single, id: 1, gateway: '10.0.0.2', oif: 3 }
  const group: Nexthop = { ...many, id: 1, group: [{ id: 2, weight: 1 }] }
  const resilient: Nexthop = { ...group, groupType: 1, resGroup: { buckets: 8 } }
  assert.is(decided({ id: 1, group: [{ id: 2, weight: 1 }] }, gateway), 'recreate')
  assert.is(decided({ id: 1, gateway: '10.0.0.2', oif: 3 }, group), 'recreate')
  assert.is(decided({ id: 1, gateway: '10.0.0.2', fdb: true }, gateway), 'recreate')
  assert.is(
    decided({ id: 1, group: [{ id: 2, weight: 1 }], groupType: 1, resGroup: { buckets: 8 } }, group),
    'recreate',
  )
  assert.is(decided({ id: 1, group: [{ id: 2, weight: 1 }] }, resilient), 'recreate')
  const buckets = { id: 1, group: [{ id: 2, weight: 1 }], groupType: 1, resGroup: { buckets: 16 } }
  assert.is(decided(buckets, resilient), 'recreate')
  assert.is(decided({ ...buckets, group: [{ id: 3, weight: 1 }], resGroup: { buckets: 8 } }, resilient), 'replace')
})

owning('members come before groups and go after them; what has another protocol is left alone', () => {
  const actual: Nexthop[] = [
    { ...single, id: 3, blackhole: true },
    { ...many, id: 4, group: [{ id: 3, weight: 1 }] },
    { ...single, id: 5, blackhole: true, protocol: 3 },
    { ...single, id: 6, blackhole: true, protocol: 3 },
  ]
  const wanted: NexthopEntry[] = [
    { id: 2, group: [{ id: 1, weight: 1 }] },
    { id: 1, blackhole: true },
    { id: 5, blackhole: true },
  ]
  const { add, remove, conflicts, learned } = plan(rules, wanted, actual)
  const ids = (entries: readonly Nexthop[]): unknown[] => entries.map(({ id }) => id)
  assert.equal(ids(add), [1, 2])
  assert.equal(ids(remove), [4, 3])
  assert.equal(ids(conflicts.map(({ actual: other }) => other)), [5])
  assert.equal(ids(learned), [5, 6])
})

owning('requests say what the kernel must not do by itself', () => {
  const entry = normalizeNexthop({ id: 1, gateway: '10.0.0.2', oif: 3 }, { protocol })
  const { add, replace, recreate } = rules.flags as Readonly<Record<Strategy, number>>
  assert.is(add, MessageFlag.CREATE | MessageFlag.EXCL)
  assert.is(replace, MessageFlag.CREATE | MessageFlag.REPLACE)
  assert.is(recreate, MessageFlag.CREATE | MessageFlag.EXCL)
  assert.not('scope' in (rules.written?.(entry) ?? entry), 'the kernel refuses to be told the scope')
  assert.equal(rules.deleteKey(entry), { id: 1 })
  assert.is(rules.describe(entry), 'nexthop id 1')
})

owning.run()
