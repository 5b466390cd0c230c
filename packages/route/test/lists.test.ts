import { tries } from '@rtnl/compliance'
import { NexthopFlag, RouteProtocol } from '@rtnl/netlink-core'
import { type Route, RouteType } from '@rtnl/route'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyIpv4 } from '../src/lists/ipv4.ts'
import { applyIpv6 } from '../src/lists/ipv6.ts'
import { Ipv4Model, type Ipv4Wish } from './support/ipv4-model.ts'
import { type Ipv6Leg, Ipv6Model } from './support/ipv6-model.ts'
import { ListCopy, type Told } from './support/list-copy.ts'

const lists = suite('lists of routes')

/** The state of links is no part of what messages tell. */
function withoutState(routes: readonly Route[]): Route[] {
  return routes.map((route) => ({ ...route, flags: route.flags & NexthopFlag.ONLINK }))
}

const mtu = fc.constantFrom({}, {}, { metrics: { mtu: 1400 } })

const ipv4Way = fc.oneof(
  fc.record({
    type: fc.constant(RouteType.UNICAST),
    gateway: fc.constantFrom('10.0.0.2', '10.0.0.3'),
    oif: fc.constant(3),
  }),
  fc.record({ type: fc.constant(RouteType.UNICAST), oif: fc.constantFrom(3, 4) }),
  fc.record({ type: fc.constant(RouteType.UNICAST), nhId: fc.constantFrom(1, 2) }),
  fc.record({ type: fc.constantFrom(RouteType.BLACKHOLE, RouteType.PROHIBIT) }),
)
const ipv4Wish: fc.Arbitrary<Ipv4Wish> = fc
  .tuple(ipv4Way, mtu, fc.constantFrom({}, { prefsrc: '10.0.0.1' }), fc.constantFrom(3, 84), fc.boolean())
  .map(([way, metrics, source, protocol, onlink]) => {
    return { ...way, ...metrics, ...source, protocol, ...('gateway' in way && onlink ? { onlink: true as const } : {}) }
  })

type Operation<Model> = readonly [name: string, ...values: unknown[]] & { readonly model?: Model }

/** An operation as its name and what it takes, so that a failure can be read. */
function operation<Model, Name extends keyof Model & string>(
  name: Name,
  ...values: Model[Name] extends (...given: infer Values) => Told[]
    ? { [Place in keyof Values]: fc.Arbitrary<Values[Place]> }
    : never
): fc.Arbitrary<Operation<Model>> {
  return fc.tuple(fc.constant(name), ...(values as fc.Arbitrary<unknown>[]))
}

function perform<Model>(model: Model, [name, ...values]: Operation<Model>): Told[] {
  return (model as Record<string, (...given: unknown[]) => Told[]>)[name]!(...values)
}

const ipv4Operation = fc.oneof(
  { weight: 1, arbitrary: operation<Ipv4Model, 'add'>('add', ipv4Wish) },
  { weight: 3, arbitrary: operation<Ipv4Model, 'append'>('append', ipv4Wish) },
  { weight: 3, arbitrary: operation<Ipv4Model, 'prepend'>('prepend', ipv4Wish) },
  { weight: 3, arbitrary: operation<Ipv4Model, 'replace'>('replace', ipv4Wish) },
  { weight: 3, arbitrary: operation<Ipv4Model, 'delete'>('delete', fc.nat(7)) },
  {
    weight: 2,
    arbitrary: operation<Ipv4Model, 'replaceNexthop'>('replaceNexthop', fc.constantFrom(1, 2), fc.boolean()),
  },
  { weight: 1, arbitrary: operation<Ipv4Model, 'toggleCarrier'>('toggleCarrier') },
)

lists('of IPv4 are what the kernel has after every message', () => {
  let longest = 0
  fc.assert(
    fc.property(fc.array(ipv4Operation, { minLength: 5, maxLength: 40 }), (operations) => {
      const model = new Ipv4Model()
      const copy = new ListCopy(applyIpv4)
      for (const next of operations) {
        for (const event of perform(model, next)) assert.ok(copy.apply(event), 'the rules are not sure')
        assert.equal(withoutState(copy.list), withoutState(model.dump()))
        longest = Math.max(longest, copy.list.length)
      }
    }),
    { numRuns: tries(3000, 2) },
  )
  assert.ok(longest > 5)
})

lists('of IPv4 are what the kernel has once what went in silence is read', () => {
  let readings = 0
  const silent = operation<Ipv4Model, 'loseNexthop'>('loseNexthop', fc.constantFrom(1, 2))
  const reading = fc.constant('read' as const)
  const step = fc.oneof({ weight: 16, arbitrary: ipv4Operation }, { weight: 2, arbitrary: silent }, reading)
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const model = new Ipv4Model()
      const copy = new ListCopy(applyIpv4)
      let settled = true
      let sure = true
      for (const next of [...steps, 'read' as const]) {
        if (next !== 'read') {
          if (next[0] === 'loseNexthop') settled = false
          for (const event of perform(model, next)) if (!copy.apply(event, settled)) sure = false
          continue
        }
        if (sure) copy.read(model.dump(), ({ nhId }) => nhId !== undefined)
        else copy.list = model.dump()
        assert.equal(withoutState(copy.list), withoutState(model.dump()))
        if (!settled && sure) readings++
        settled = true
        sure = true
      }
    }),
    { numRuns: tries(5000, 2) },
  )
  assert.ok(readings > tries(1000, 2), `${readings}`)
})

lists('of IPv4 are in doubt after the deletion of what they do not have', () => {
  const known: Route = { family: 2, tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, dst: '192.0.2.0/24', oif: 3 }
  const gone = (entry: Partial<Route>) =>
    applyIpv4(
      { length: 1, entry: () => known },
      { kind: 'delete', flags: 0, isExact: true, entry: { ...known, ...entry } },
    )
  assert.equal(gone({ oif: 4 }), { edits: [], certain: false })
  assert.equal(gone({ type: 6 }), { edits: [], certain: false })
  assert.equal(gone({ flags: 17 }), { edits: [{ edit: 'remove', place: 0 }], certain: true })
})

const ipv6Rest = fc
  .tuple(mtu, fc.constantFrom(0, 1), fc.constantFrom(3, 84, RouteProtocol.RA), fc.constantFrom(1, 1, 5))
  .map(([metrics, pref, protocol, weight]) => ({ ...metrics, pref, protocol, weight }))
const gateways = ['fd00::2', 'fd00::3', 'fd00::4', 'fd00::5'] as const
const leg: fc.Arbitrary<Ipv6Leg> = fc
  .tuple(fc.constantFrom(...gateways), fc.constantFrom(3, 4), ipv6Rest)
  .map(([gateway, oif, rest]) => ({ type: RouteType.UNICAST, gateway, oif, ...rest }))
const alone: fc.Arbitrary<Ipv6Leg> = fc
  .tuple(
    fc.oneof(
      fc.record({ type: fc.constant(RouteType.UNICAST), oif: fc.constantFrom(3, 4) }),
      fc.record({ type: fc.constantFrom(RouteType.BLACKHOLE, RouteType.PROHIBIT), oif: fc.constant(1) }),
      fc.record({ type: fc.constant(RouteType.UNICAST), oif: fc.constant(3), nhId: fc.constantFrom(1, 2) }),
      fc.record({
        type: fc.constant(RouteType.UNICAST),
        oif: fc.constant(3),
        gateway: fc.constantFrom('fe80::1', 'fe80::2'),
        learned: fc.constant<true>(true),
      }),
    ),
    ipv6Rest,
  )
  .map(([way, rest]) => ({ ...rest, ...way, ...('learned' in way ? { protocol: RouteProtocol.RA } : {}) }))
const several = fc
  .uniqueArray(leg, { minLength: 2, maxLength: 3, selector: ({ gateway, oif }) => `${gateway} ${oif}` })
  .map((legs) => legs.map((one) => ({ ...legs[0]!, gateway: one.gateway!, oif: one.oif, weight: one.weight })))
const some: fc.Arbitrary<Ipv6Leg[]> = fc.oneof(
  leg.map((one) => [one]),
  alone.map((one) => [one]),
  several,
)

const ipv6Operation = fc.oneof(
  { weight: 1, arbitrary: operation<Ipv6Model, 'add'>('add', some) },
  { weight: 5, arbitrary: operation<Ipv6Model, 'append'>('append', some) },
  { weight: 3, arbitrary: operation<Ipv6Model, 'replace'>('replace', some) },
  { weight: 4, arbitrary: operation<Ipv6Model, 'delete'>('delete', fc.nat(7)) },
  { weight: 1, arbitrary: operation<Ipv6Model, 'deleteFirst'>('deleteFirst') },
  { weight: 1, arbitrary: operation<Ipv6Model, 'replaceNexthop'>('replaceNexthop', fc.constantFrom(1, 2)) },
)

lists('of IPv6 are what a dump shows wherever the rules are sure', () => {
  let certain = 0
  let uncertain = 0
  let hidden = 0
  fc.assert(
    fc.property(fc.array(ipv6Operation, { minLength: 5, maxLength: 40 }), (operations) => {
      const model = new Ipv6Model()
      const copy = new ListCopy(applyIpv6)
      for (const next of operations) {
        const events = perform(model, next)
        const sure = events.map((event) => copy.apply(event)).every((one) => one)
        const dump = model.dump()
        if (model.length > dump.reduce((sum, { multipath }) => sum + (multipath?.length ?? 1), 0)) hidden++
        if (sure) assert.equal(copy.list, dump)
        // Then it is read.
        else copy.list = dump
        if (events.length > 0) {
          if (sure) certain++
          else uncertain++
        }
      }
    }),
    { numRuns: tries(5000, 2) },
  )
  assert.ok(certain > tries(10_000, 2), `${certain} sure`)
  assert.ok(
    Math.min(uncertain, hidden) > tries(1000, 2),
    `${uncertain} not sure, ${hidden} with entries that are not shown`,
  )
})

lists.run()
