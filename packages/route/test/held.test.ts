import { tries } from '@rtnl/compliance'
import { EntryRows } from '@rtnl/live-table/internal'
import { noInterfaces } from '@rtnl/reconcile'
import { normalizeRoute, type Route, RouteType, routeOwner } from '@rtnl/route'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const held = suite('wanted routes')

const ownership = { table: 1000, protocol: 84 }

const byte = fc.nat(255)
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'))
const ipv6 = fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map(([a, b]) => `2001:db8:0:${a.toString(16)}::${b.toString(16)}`)
const oif = fc.integer({ min: 1, max: 0x7fffffff })
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

function routes(isIpv6: boolean): fc.Arbitrary<Partial<Route>> {
  const address = isIpv6 ? ipv6 : ipv4
  const encapsulations = fc.constantFrom(
    { encapType: 2, encap: { id: 7, dst: '192.0.2.1' } },
    { encapType: 2, encap: { id: 7, dst: '192.0.2.1', ttl: 64, tos: 4 } },
    { encapType: 4, encap: { id: 7, dst: '2001:db8::1', hoplimit: 3 } },
  )
  const way = fc
    .record({
      gateway: maybe(address),
      oif: maybe(oif),
      more: maybe(encapsulations),
      realms: isIpv6 ? fc.constant(undefined) : maybe(fc.integer({ min: 1, max: 0xffffffff })),
    })
    .map(({ more, ...fields }) => given({ ...fields, ...more }))
  const hop = fc.record({ way, weight: maybe(fc.integer({ min: 1, max: 256 })) }).map((each) => {
    return { ...each.way, weight: each.weight } as NonNullable<Route['multipath']>[number]
  })
  const leading = fc.oneof(
    way,
    fc.array(hop, { minLength: 1, maxLength: 3 }).map((multipath) => ({ multipath })),
    fc.integer({ min: 1 }).map((nhId) => ({ nhId })),
    fc.constantFrom(RouteType.BLACKHOLE, RouteType.PROHIBIT).map((type) => ({ type })),
  )
  const common = fc.record({
    dst: address.map((host) => `${host}/${isIpv6 ? 128 : 32}`),
    priority: maybe(fc.nat()),
    prefsrc: maybe(address),
    metrics: maybe(fc.constantFrom({ mtu: 1400 }, { mtu: 1400, lock: 4 }, { ccAlgo: 'cubic' })),
    pref: maybe(isIpv6 ? fc.constantFrom(0, 1, 3) : fc.constant(undefined)),
    tos: maybe(isIpv6 ? fc.constant(0) : fc.constantFrom(0, 4, 16)),
  })
  // What goes nowhere has no preference.
  return fc.tuple(common, leading).map(([{ pref, ...fields }, ways]) => {
    return { ...fields, ...ways, pref: 'type' in ways ? undefined : pref } as Partial<Route>
  })
}

// What is compared and written is the row; the object that was given is gone by then.
held('are given back by their rows as they were checked', () => {
  const rules = routeOwner(ownership)
  const rows = new EntryRows(rules.definition)
  fc.assert(
    fc.property(fc.oneof(routes(false), routes(true)), (route) => {
      const id = rows.put(rules.normalize(route, noInterfaces))
      assert.is(rows.original(id), undefined)
      assert.equal(rows.entry(id), normalizeRoute(route, ownership))
    }),
    { numRuns: tries(1000, 2) },
  )
})

held.run()
