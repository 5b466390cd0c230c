import { readFileSync } from 'node:fs'
import { tries } from '@rtnl/compliance'
import { EntryRows, RowMark, RowSelection } from '@rtnl/live-table/internal'
import { DecodeError, formatHex, message, Writer } from '@rtnl/netlink-core'
import { type Route, RouteAttribute, RouteMessage, RouteMetric, routeMessage, routeOwner } from '@rtnl/route'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { routeDeclaration } from '../src/message.ts'
import { asIpShows, asWeShow } from './support/shown.ts'
import { bodyOf, vectors } from './support/vectors.ts'

const test = suite('messages of the kernel')

const interpreted = message('route', routeDeclaration, 'interpreted')

/** Interfaces of the captures: `ip` shows names, and v0 was made second, behind its peer. */
const names = new Map([
  [1, 'lo'],
  [2, 'v1'],
  [3, 'v0'],
])

function decode(bytes: Uint8Array): Route {
  const { view } = bodyOf(bytes)
  const route = routeMessage.decode(view, 0, view.byteLength)
  assert.equal(interpreted.decode(view, 0, view.byteLength), route)
  return route
}

/** What `ip` 6.1 does not show; from the command that made it. */
const beside: Readonly<Record<string, Partial<Route>>> = {
  'ipv4-encap-ip': { encap: { id: 100, dst: '192.0.2.1', src: '192.0.2.2', tos: 4, ttl: 64, flags: 0 }, encapType: 2 },
  'ipv6-encap-seg6local': { encapType: 7 },
}

for (const { name, shown, notifications, dumped } of vectors) {
  const family = name.startsWith('ipv4') ? 2 : 10

  test(`mean what ip says: ${name}`, () => {
    assert.is(dumped.length, shown.length)
    for (const [place, bytes] of dumped.entries()) {
      const route = decode(bytes)
      assert.is(route.family, family)
      // Of a tunnel `ip` writes addresses over those of the route, and its own words for what we keep as bytes.
      const { encap, id, src, ttl, tos, action, ...said } = shown[place]!
      const seen = asIpShows(route, names)
      if (beside[name] === undefined) assert.equal(seen, asWeShow(shown[place]!))
      else assert.equal({ ...seen, dst: said.dst }, asWeShow(said))
      assert.equal({ ...route, ...beside[name] }, route)
      if (shown[place]!.expires === undefined) assert.is(route.expires, undefined)
      else assert.ok(Math.abs((route.expires ?? 0) - Number(shown[place]!.expires)) <= 1)
    }
  })

  // The message of a new leg has all legs in another order, and its own protocol.
  if (name !== 'ipv6-append' && name !== 'ipv4-delete') {
    test(`are notified as they are dumped: ${name}`, () => {
      assert.is(notifications.length, 1)
      const { expires: _, ...notified } = decode(notifications[0]!)
      const seen = dumped.map((bytes) => {
        const { expires: _expires, ...route } = decode(bytes)
        return route
      })
      assert.equal(seen.at(-1), notified)
    })
  }

  test(`encode to the same bytes, less what the kernel adds: ${name}`, () => {
    for (const bytes of [...notifications, ...dumped]) {
      const { view } = bodyOf(bytes)
      const route = decode(bytes)
      const writer = new Writer()
      routeMessage.encode(writer, route)
      const written = partsOf(writer.view, writer.length)
      const received = partsOf(view, view.byteLength)
      const kernels = route.nhId === undefined ? added : [...added, ...derived]
      for (const type of kernels) received.attributes.delete(type)
      written.attributes.delete(RouteAttribute.EXPIRES)
      // RPL and IOAM want the flag of a nest; the kernel sends none.
      const hops = written.attributes.get(RouteAttribute.MULTIPATH)
      if (hops !== undefined)
        written.attributes.set(RouteAttribute.MULTIPATH, hops.replaceAll(/(?<=^(?:.{8})*.{4})1680/g, '1600'))
      assert.equal(written, received)
    }
  })
}

/** `RTA_CACHEINFO`; time left is written as `RTA_EXPIRES`. */
const added = [RouteAttribute.CACHEINFO]
/** What the kernel shows of the nexthop object with a route by one. */
const derived = [
  RouteAttribute.GATEWAY,
  RouteAttribute.VIA,
  RouteAttribute.OIF,
  RouteAttribute.MULTIPATH,
  RouteAttribute.FLOW,
]

/** The header, but for the 8 bits of the table that stands in an attribute, and the attributes by type. */
function partsOf(view: DataView, length: number) {
  const header = formatHex(view, 0, 4) + formatHex(view, 5, 7)
  const attributes = new Map<number, string>()
  for (let at = 12; at < length; ) {
    const size = view.getUint16(at, true)
    attributes.set(view.getUint16(at + 2, true) & 0x3fff, formatHex(view, at + 4, size - 4))
    at += (size + 3) & ~3
  }
  return { header, attributes }
}

const owner = routeOwner({ table: 254, protocol: 3 })

test('are erased by fields of their rows as by what is decoded of them', () => {
  const { fields, unless } = owner.deleteKeyFields!
  const [written, hindrances] = [new RowSelection(routeMessage, fields), new RowSelection(routeMessage, unless)]
  const rows = new EntryRows(owner.definition)
  const row = rows.newRow()
  const erasedByRow = new Set<string>()
  for (const { name, dumped, notifications } of vectors) {
    for (const bytes of [...dumped, ...notifications]) {
      const { view } = bodyOf(bytes)
      const words = new Int32Array(view.byteLength >> 2)
      for (let i = 0; i < words.length; i++) words[i] = view.getInt32(i * 4, true)
      rows.take({ view: new DataView(words.buffer), words, body: 0, end: view.byteLength }, row)
      const route = decode(bytes)
      const hindered = hindrances.isMet(row.words, row.keyWords, row.count)
      assert.is(hindered, route.nhId !== undefined || route.multipath !== undefined)
      if (hindered) continue
      const [byRow, byEntry] = [new Writer(), new Writer()]
      written.write(byRow, row.words, row.keyWords, row.count)
      routeMessage.encode(byEntry, owner.deleteKey(route))
      assert.equal(partsOf(byRow.view, byRow.length), partsOf(byEntry.view, byEntry.length), name)
      erasedByRow.add(name)
    }
  }
  assert.ok(erasedByRow.size >= 30, `${erasedByRow.size} of ${vectors.length}`)
})

test('are held as rows alone, but for the time that is left of them', () => {
  const rows = new EntryRows(owner.definition)
  for (const bytes of vectors.flatMap(({ dumped }) => dumped)) {
    const route = decode(bytes)
    const id = rows.put(route)
    assert.equal(rows.entry(id), route)
    assert.is(rows.original(id) === undefined, route.expires === undefined)
  }
})

test('tell by their header whose they are', () => {
  const mark = new RowMark(routeMessage, owner.ownerMatch!)
  const seen = new Set<boolean>()
  for (const bytes of vectors.flatMap(({ dumped }) => dumped)) {
    const { view } = bodyOf(bytes)
    const words = Int32Array.from({ length: 3 }, (_, i) => view.getInt32(i * 4, true))
    assert.is(mark.isOn(words, 0), owner.owns(decode(bytes)))
    seen.add(owner.owns(decode(bytes)))
  }
  assert.is(seen.size, 2)
})

test('of a deletion say the whole route', () => {
  const [bytes] = vectors.find(({ name }) => name === 'ipv4-delete')!.notifications
  assert.is(bodyOf(bytes!).type, RouteMessage.DEL)
  assert.equal(decode(bytes!), {
    family: 2,
    tos: 0,
    protocol: 3,
    scope: 0,
    type: 1,
    flags: 0,
    table: 254,
    dst: '192.0.2.0/24',
    gateway: '10.0.0.2',
    oif: 3,
  })
})

test('of a new leg have it first', () => {
  const { notifications, dumped } = vectors.find(({ name }) => name === 'ipv6-append')!
  const told = decode(notifications[0]!)
  assert.equal(
    told.multipath?.map(({ gateway }) => gateway),
    ['2001:db8:1::2', '2001:db8::2'],
  )
  assert.equal([told.protocol, decode(dumped[0]!).protocol], [186, 3])
})

test('say which metrics are locked', () => {
  const { dumped } = vectors.find(({ name }) => name === 'ipv4-metrics')!
  // With `rto_min` the program locks it.
  const locked = [RouteMetric.MTU, RouteMetric.CWND, RouteMetric.RTO_MIN]
  assert.is(
    decode(dumped[0]!).metrics?.lock,
    locked.reduce((bits, metric) => bits | (1 << metric), 0),
  )
})

test('have the labels of MPLS as nexthop objects have them', () => {
  // From the vector of a nexthop object, as no kernel with MPLS routes was at hand: the attribute is the same.
  const file = new URL('../../nexthop/test/vectors/encap-mpls.hex', import.meta.url)
  const digits = /^dump (\w+)$/m.exec(readFileSync(file, 'utf8'))![1]!
  const object = bodyOf(Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16))).view
  const NHA_ENCAP = 8
  const nexthopHeader = 8
  let encap = ''
  for (let at = nexthopHeader; at < object.byteLength; at += (object.getUint16(at, true) + 3) & ~3) {
    if ((object.getUint16(at + 2, true) & 0x3fff) === NHA_ENCAP) {
      encap = formatHex(object, at + 4, object.getUint16(at, true) - 4)
    }
  }
  const route = { family: 2, dst: '192.0.2.0/24', encapType: 1, encap: { dst: [100, 200], ttl: 5 } }
  const writer = new Writer()
  routeMessage.encode(writer, route)
  assert.is(partsOf(writer.view, writer.length).attributes.get(RouteAttribute.ENCAP), encap)
  const read = routeMessage.decode(writer.view, 0, writer.length)
  assert.equal({ ...read, ...route }, read)
})

test('that are malformed raise a DecodeError, and nothing else', () => {
  const bodies = vectors
    .flatMap(({ notifications, dumped }) => [...notifications, ...dumped])
    .map((b) => bodyOf(b).view)
  const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) })
  let refused = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...bodies),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: 64 }),
      (body, mutations, cut) => {
        const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
        for (const { at, byte } of mutations) bytes[at % bytes.length] = byte
        const view = new DataView(bytes.buffer)
        const end = Math.max(0, bytes.length - cut)
        for (const decoder of [routeMessage, interpreted]) {
          try {
            decoder.decode(view, 0, end)
          } catch (error) {
            assert.instance(error, DecodeError)
            refused++
          }
        }
      },
    ),
    { numRuns: tries(20_000, 2) },
  )
  assert.ok(refused > 1000)
})

test.run()
