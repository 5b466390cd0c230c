import { InvalidValue } from '@rtnl/netlink-core'
import {
  capped,
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  isInterfaceName,
  linkAddress,
  listOf,
  named,
  noInterfaces,
  oneOf,
  present,
  refused,
  shownOnly,
  structure,
  unlessZero,
  unresolvedInterface,
  wholeNumber,
} from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'

interface Part {
  size?: number
  name?: number
}

interface Thing {
  count: number
  oif?: number
  gateway?: string
  lladdr?: string
  part?: Part
  parts?: Part[]
  age?: number
  mark?: number
}

const protocols = { numberOf: (name: string) => (name === 'zebra' ? 11 : undefined) }
const partFields = new EntryFields<Part>('part', {
  size: unlessZero(capped(100, wholeNumber(0, 1000))),
  name: named('a routing protocol', protocols, 0, 255),
})
const fields = new EntryFields<Thing>(
  'thing',
  {
    count: wholeNumber(0, 9),
    oif: interfaceIndex,
    gateway: ipAddress(),
    lladdr: linkAddress(6),
    part: structure(partFields),
    parts: listOf(structure(partFields)),
    age: shownOnly,
    mark: refused('things have none'),
  },
  { dev: 'oif' },
)

const context = { ifindex: (name: string) => (name === 'v0' ? 7 : unresolvedInterface) }
const absent = {
  count: undefined,
  oif: undefined,
  gateway: undefined,
  lladdr: undefined,
  part: undefined,
  parts: undefined,
  age: undefined,
  mark: undefined,
}
const normal = (entry: unknown): unknown => fields.normalize(entry, context, (checked) => checked)

function problem(rule: FieldRule<unknown, typeof context>, value: unknown): string {
  try {
    rule(value, context)
  } catch (error) {
    if (error instanceof InvalidValue) return error.toError('x').message
    throw error
  }
  return `${String(value)} was taken`
}

const test = suite('fields of entries')

test('are brought into their form one by one, and all are there', () => {
  const entry = { count: -0, oif: 'v0', gateway: '2001:DB8:0::1', age: 'old', lladdr: '02:AA:00:00:00:01' }
  assert.equal(normal(entry), { ...absent, count: 0, oif: 7, gateway: '2001:db8::1', lladdr: '02:aa:00:00:00:01' })
  assert.equal(normal({ part: { size: 0 }, count: undefined }), absent)
  assert.equal(normal({ parts: [{ size: 500, name: 'zebra' }, { name: '0x10' }] }), {
    ...absent,
    parts: [{ size: 100, name: 11 }, { name: 16 }],
  })
  assert.equal(Object.keys(present(fields.check({ count: 1, oif: 3 }, context))), ['count', 'oif'])
})

// Beyond the types: programs in JavaScript, and data from files.
const wrong: readonly [entry: unknown, error: typeof TypeError | typeof RangeError, message: string][] = [
  [null, TypeError, 'thing: null is not an object'],
  [[], TypeError, 'thing: an array is not an object'],
  ['10.0.0.0/8', TypeError, 'thing: "10.0.0.0/8" is not an object'],
  [{ colour: 'red' }, TypeError, 'thing.colour: there is no such field'],
  [{ dev: 'v0' }, TypeError, 'thing.dev: there is no such field; it is called oif'],
  [{ toString: 1 }, TypeError, 'thing.toString: there is no such field'],
  [JSON.parse('{"__proto__": {"count": 3}}'), TypeError, 'thing.__proto__: there is no such field'],
  [{ ['x'.repeat(3e6)]: 1 }, TypeError, `thing."${'x'.repeat(61)}...": there is no such field`],
  [{ count: null }, TypeError, 'thing.count: null is not a number'],
  [{ count: '4' }, TypeError, 'thing.count: "4" is not a number'],
  [{ count: Object.create(null) }, TypeError, 'thing.count: an object is not a number'],
  [{ count: 10 }, RangeError, 'thing.count: 10 is not a whole number in 0..9'],
  [{ count: 1.5 }, RangeError, 'thing.count: 1.5 is not a whole number in 0..9'],
  [{ mark: 1 }, TypeError, 'thing.mark: things have none'],
  [{ oif: 0 }, RangeError, 'thing.oif: 0 is not a whole number in 1..2147483647'],
  [{ oif: 'a b' }, RangeError, 'thing.oif: "a b" is not the name of an interface'],
  [{ gateway: null }, TypeError, 'thing.gateway: null is not a text'],
  [{ gateway: '1.2.3' }, TypeError, 'thing.gateway: "1.2.3" is not an IPv4 or IPv6 address'],
  [{ lladdr: '02:00' }, RangeError, 'thing.lladdr: 02:00 has not 6 bytes'],
  [{ part: { size: 1001 } }, RangeError, 'thing.part.size: 1001 is not a whole number in 0..1000'],
  [{ part: { extra: 1 } }, TypeError, 'thing.part.extra: there is no such field'],
  [{ part: 'abc' }, TypeError, 'thing.part: "abc" is not an object'],
  [{ parts: {} }, TypeError, 'thing.parts: an object is not an array'],
  [{ parts: [{ size: 1 }, 'abc'] }, TypeError, 'thing.parts[1]: "abc" is not an object'],
  [{ parts: [{ name: 'quagga' }] }, RangeError, 'thing.parts[0].name: "quagga" is not the name of a routing protocol'],
  [{ parts: [{}] }, RangeError, 'thing.parts[0]: says nothing'],
]

for (const [entry, Kind, message] of wrong) {
  test(`are refused with their value: ${message}`, () => {
    assert.throws(
      () => normal(entry),
      (error: Error) => {
        assert.instance(error, Kind)
        assert.is(error.message, message)
        return true
      },
    )
  })
}

test('what an entry inherits does not count', () => {
  assert.equal(normal(Object.create({ count: 3, colour: 'red' })), absent)
})

test('an interface that is not there is no error', () => {
  assert.is(interfaceIndex('eth9', context), unresolvedInterface)
  assert.is(interfaceIndex('eth9', noInterfaces), unresolvedInterface)
})

// What `ip link add` and `ip link property add ... altname` take.
test('names of interfaces', () => {
  for (const name of ['v0', 'à', 'x:y', '.', '7', '\u{1f600}', 'a'.repeat(127)]) assert.ok(isInterfaceName(name), name)
  const wrongNames = [
    '',
    'a/b',
    'a b',
    'a\0',
    'a\n',
    '\ud83d',
    '\ude00',
    '\ude00\ud83d',
    'a'.repeat(128),
    'à'.repeat(64),
  ]
  for (const name of wrongNames) assert.not.ok(isInterfaceName(name), JSON.stringify(name))
})

const kind = oneOf({ multipath: 0, resilient: 1 })

test('one of a few numbers, or its name', () => {
  assert.is(kind('resilient', context), 1)
  assert.is(kind(0, context), 0)
  assert.is(problem(kind, 2), 'x: 2 is not 0 (multipath), 1 (resilient)')
  assert.is(problem(kind, 'valueOf'), 'x: "valueOf" is not 0 (multipath), 1 (resilient)')
})

const marks = flagSet({ written: { onlink: 4, high: 0x80000000 }, shown: { dead: 1, offload: 8 } })

test('flags as a number or by their names, without those that only the kernel sets', () => {
  assert.is(marks(['onlink', 'dead'], context), 4)
  assert.is(marks('ONLINK', context), 4)
  assert.is(marks(13, context), 4)
  assert.is(marks([], context), 0)
  assert.is(marks(['high', 4], context), 0x80000004)
  const choices = 'is not 4 (onlink), 2147483648 (high)'
  assert.is(problem(marks, 6), `x: 6 ${choices}`)
  assert.is(problem(marks, '4'), `x: "4" ${choices}`)
  assert.is(problem(marks, {}), 'x: an object is not a number')
  assert.is(problem(marks, 1.5), 'x: 1.5 is not a whole number in 0..4294967295')
  assert.is(problem(flagSet({ written: {} }), 1), 'x: 1 is not 0')
})

test('any value is taken or refused, and by field', () => {
  const entry = fc.record(
    Object.fromEntries([...Object.keys(absent), 'x', 'valueOf'].map((name) => [name, fc.anything()])),
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(entry, (thing) => {
      try {
        normal(thing)
      } catch (error) {
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
        assert.match(String(error.message), /^thing\.\w+/)
      }
    }),
    { numRuns: tries(2000, 2) },
  )
})

test('an address of the family that a field has, in the text that the kernel shows', () => {
  const [ipv4, ipv6, both] = [ipAddress(2), ipAddress(10), ipAddress()]
  assert.equal([ipv4('10.0.0.1', {}), ipv6('FD00:0::1', {}), both('::1', {})], ['10.0.0.1', 'fd00::1', '::1'])
  const refuses = (rule: FieldRule<string, unknown>, value: unknown, text: string): void =>
    assert.throws(
      () => rule(value as string, {}),
      (error: Error) => error instanceof InvalidValue && error.message === text,
    )
  refuses(ipv4, 'fd00::1', 'fd00::1 is not an IPv4 address')
  refuses(ipv6, '10.0.0.1', '10.0.0.1 is not an IPv6 address')
  refuses(linkAddress(6), '02:00:00:00:01', '02:00:00:00:01 has not 6 bytes')
  assert.is(linkAddress(6)('02:00:00:00:00:0A', {}), '02:00:00:00:00:0a')
})

test.run()
