import { nexthopOwner } from '@rtnl/nexthop'
import fc from 'fast-check'
import { suite } from 'uvu'
import { assertTemplatesAreExact, manyLike } from '../../reconcile/test/support/templates.ts'

const templates = suite('wanted nexthops that are made of earlier ones')

const number = fc.nat(40)
const odd = fc.constantFrom<unknown>(
  ...[0, -0, -1, 1.5, Number.NaN, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, Infinity, '7', 'eth0'],
  ...[undefined, null, 7n, true],
)
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.oneof({ weight: 20, arbitrary: fc.nat(5000) }, { weight: 1, arbitrary: odd }),
  oif: fc.oneof({ weight: 6, arbitrary: number }, { weight: 1, arbitrary: odd }),
  gateway: fc.oneof(
    { weight: 8, arbitrary: number.map((n) => `192.0.2.${n}`) },
    { weight: 8, arbitrary: number.map((n) => `fe80::${n.toString(16)}`) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<unknown>(
        ...['0.0.0.0', '::', '::ffff:192.0.2.1', 'FE80::1', 'fe80::1%eth0', '192.0.2.01', '192.0.2.1/32', ''],
        ...[undefined, null, 3232235521],
      ),
    },
  ),
  family: fc.constantFrom<unknown>(2, 10, 'inet', 0, undefined),
  flags: fc.constantFrom<unknown>(0, ['onlink'], 'onlink', [4], []),
  protocol: fc.constantFrom<unknown>(84, 85, undefined),
  blackhole: fc.constantFrom<unknown>(true, undefined),
  fdb: fc.constantFrom<unknown>(true, undefined),
  scope: fc.constantFrom<unknown>(253, 254, 0, undefined),
  group: fc.oneof(
    fc.constantFrom<unknown>([{ id: 1 }], undefined),
    fc.nat(5000).map((id) => [{ id, weight: 2 }, { id: 7 }]),
  ),
}

templates('are the same as those that are normalized, byte by byte, and are refused with the same words', () => {
  assertTemplatesAreExact(() => nexthopOwner({ protocol: 84 }), manyLike(values, 'id'))
})

templates.run()
