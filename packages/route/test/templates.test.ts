import type { DesiredEntry } from '@rtnl/reconcile'
import { Desired } from '@rtnl/reconcile/internal'
import type { Route } from '@rtnl/route'
import { routeOwner } from '@rtnl/route'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertTemplatesAreExact, counting, manyLike } from '../../reconcile/test/support/templates.ts'

const templates = suite('wanted routes that are made of earlier ones')

type Wanted = DesiredEntry<Route>

const ownership = { table: 1000, protocol: 84 }

const number = fc.nat(40)
const text = (make: (number: number) => string): fc.Arbitrary<string> => number.map(make)
const spread = (make: (high: number, low: number) => string): fc.Arbitrary<string> =>
  fc.nat(0xffff).map((n) => make(n >> 8, n & 0xff))
const prefixes = fc.oneof(
  { weight: 12, arbitrary: spread((a, b) => `10.${a}.${b}.0/24`) },
  { weight: 12, arbitrary: spread((a, b) => `10.${a}.${b}.7/32`) },
  { weight: 12, arbitrary: spread((a, b) => `2001:db8:${a.toString(16)}:${b.toString(16)}::/64`) },
  { weight: 2, arbitrary: text((n) => `10.2.3.${n}`) },
  { weight: 1, arbitrary: text((n) => `2001:DB8:0:0::${n}/128`) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(
      ...['default', '0.0.0.0/0', '0.0.0.0/1', '0.0.0.0/32', '::/0', '::/1', '::/128', '::ffff:10.0.0.0/120'],
      ...['10.0.0.1/8', '2001:db8::1/64', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/', '10.0.0/8', '/8', ''],
      ...[' 10.0.0.0/8', '10.0.0.0/8 ', '10.0.0.0/-1', '10.0.0.0/8/8', '010.0.0.0/8', '100', 'fe80::%eth0/64'],
      ...[undefined, null, 8, ['10.0.0.0/8'], { toString: () => '10.0.0.0/8' }],
    ),
  },
)
const gateways = fc.oneof(
  { weight: 6, arbitrary: text((n) => `192.0.2.${n}`) },
  { weight: 6, arbitrary: text((n) => `fe80::${n.toString(16)}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      ...[
        '0.0.0.0',
        '::',
        '0::0',
        '::ffff:192.0.2.1',
        'FE80::1',
        'fe80::1%eth0',
        '192.0.2.01',
        '192.0.2',
        '192.0.2.1/32',
        '',
      ],
      ...[undefined, null, 3232235521],
    ),
  },
)
const numbers = fc.oneof(
  { weight: 6, arbitrary: number },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      ...[0, -0, -1, 1.5, Number.NaN, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, Infinity, '7', 'eth0'],
      ...[undefined, null, 7n, true],
    ),
  },
)
const metrics = fc.constantFrom<unknown>(
  { mtu: 1400 },
  { mtu: 1400, lock: 4 },
  { lock: 4, mtu: 1400 },
  { mtu: 1500 },
  Object.create({ mtu: 1400 }),
  Object.defineProperty({}, 'mtu', { value: 1400 }),
  [1400],
  undefined,
)
const hops = fc.oneof(
  fc.array(fc.record({ gateway: gateways, oif: numbers }), { maxLength: 3 }),
  number.map((n) => [{ gateway: '192.0.2.1' }, { gateway: `192.0.2.${2 + (n % 3)}`, weight: 2 }]),
  fc.constantFrom(undefined, 'no array', new Array(2)),
)
/** For each field the values that it may be given. A list of flags may be changed by its owner. */
const values: { readonly [Name in keyof Route]?: fc.Arbitrary<unknown> } = {
  dst: prefixes,
  src: prefixes,
  gateway: gateways,
  via: gateways,
  oif: numbers,
  priority: numbers,
  nhId: numbers,
  prefsrc: gateways,
  metrics,
  multipath: hops,
  flags: fc.constantFrom<unknown>(0, ['onlink'], 'onlink', [4], [], new Array(1)),
  table: fc.constantFrom<unknown>(1000, 1001, '1000', undefined),
  protocol: fc.constantFrom<unknown>(84, 85, undefined),
  type: fc.constantFrom<unknown>(1, 'unicast', 'blackhole', 6, undefined),
  tos: fc.constantFrom<unknown>(0, -0, 4, 3, undefined),
}

templates('are the same as those that are normalized, byte by byte, and are refused with the same words', () => {
  assertTemplatesAreExact(() => routeOwner(ownership), manyLike(values, 'dst'))
})

/** Adds routes until the next one can be made of them. */
function prepared(wanted: (number: number) => object): { desired: Desired<Route, Wanted>; normalized: () => number } {
  const count = counting(routeOwner(ownership))
  const desired = new Desired(count.rules)
  for (let number = 0; number < 40; number++) desired.add(wanted(number) as Wanted)
  return { desired, normalized: () => count.normalized }
}

const forms: readonly [form: string, wanted: (number: number) => object][] = [
  ['one gateway', (n) => ({ dst: `10.0.${n}.0/24`, gateway: `192.0.2.${n + 1}`, oif: 3 })],
  ['an interface', (n) => ({ dst: `2001:db8:${n}::/48`, oif: 3 + n, table: 1000, protocol: 84 })],
  ['a nexthop object', (n) => ({ dst: `10.0.${n}.0/24`, nhId: n + 1 })],
  [
    'many gateways',
    (n) => ({ dst: `10.0.${n}.0/24`, multipath: [{ gateway: '192.0.2.1' }, { gateway: '192.0.2.2' }] }),
  ],
  [
    'metrics and flags',
    (n) => ({ dst: `10.0.${n}.0/24`, gateway: '192.0.2.1', flags: ['onlink'], metrics: { mtu: 1400 } }),
  ],
]

for (const [form, wanted] of forms) {
  templates(`by the thousand few are normalized: ${form}`, () => {
    const { desired, normalized } = prepared(wanted)
    assert.is(desired.size, 40)
    assert.ok(normalized() <= 17, `${normalized()} routes were normalized`)
  })
}

templates('do not follow what the program does later to what it gave', () => {
  const metrics = { mtu: 1400 }
  const flags = ['onlink']
  const route = (n: number): object => ({ dst: `10.0.${n}.0/24`, gateway: '192.0.2.1', metrics, flags })
  const { desired } = prepared(route)
  metrics.mtu = 1500
  desired.add(route(100))
  flags.pop()
  desired.add(route(101))
  const [one, two] = [40, 41].map((id) => desired.rows.entry(id))
  assert.equal([one?.metrics, one?.flags], [{ mtu: 1500 }, 4])
  assert.equal([two?.metrics, two?.flags], [{ mtu: 1500 }, 0])
  assert.equal([desired.rows.entry(0).metrics, desired.rows.entry(0).flags], [{ mtu: 1400 }, 4])
})

templates('are read by their own fields alone', () => {
  const { desired } = prepared((n) => ({ dst: `10.0.${n}.0/24`, gateway: '192.0.2.1' }))
  desired.add(Object.create({ gateway: '192.0.2.1' }, { dst: { value: '10.1.0.0/16', enumerable: true } }))
  assert.is(desired.rows.entry(40).gateway, undefined)
  const hidden = Object.defineProperty({ dst: '10.2.0.0/16' }, 'gateway', { value: '192.0.2.1' })
  desired.add(hidden)
  assert.is(desired.rows.entry(41).gateway, undefined)
  const array = Object.assign([], { dst: '10.3.0.0/16', gateway: '192.0.2.1' })
  assert.throws(() => desired.add(array as Wanted), /^\[42\]: an array is not an object$/)
  const failing = {
    dst: '10.4.0.0/16',
    get gateway(): string {
      throw new TypeError('of the program')
    },
  }
  assert.throws(() => desired.add(failing), /^\[42\]: of the program$/)
  const own = {
    get dst() {
      return '10.5.0.0/16'
    },
    gateway: '192.0.2.1',
  }
  desired.add(own)
  assert.is(desired.rows.entry(42).dst, '10.5.0.0/16')
})

templates('with one prefix are refused as any other', () => {
  const { desired } = prepared((n) => ({ dst: `10.0.${n}.0/24`, gateway: '192.0.2.1' }))
  const again = { dst: '10.0.3.0/24', gateway: '192.0.2.1' }
  assert.throws(() => desired.add(again), /^\[40\]: route 10\.0\.3\.0\/24 table 1000 is wanted twice, first by \[3\]$/)
})

templates.run()
