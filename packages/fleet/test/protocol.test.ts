import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromToken, logSubject, readSubject, toToken } from '../src/names.ts'
import { compress, decompress } from '../src/protocol/compress.ts'
import { eventTexts } from '../src/protocol/event-text.ts'
import { decodeMessage, encodeEnd, encodeLease, encodeLog, type Packet } from '../src/protocol/messages.ts'
import { fromJson, toJson } from '../src/protocol/values.ts'

const protocol = suite('protocol of a fleet')

/** Any character. The units that fast-check has for them take half a second to make. */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code))

const position = { epoch: 'e-1', generation: 2, index: 3 }
const read = ({ headers, payload }: Packet) => decodeMessage((name) => headers[name] ?? '', payload)

/** What entries hold: plain values, arrays and objects. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: character }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$object')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value

protocol('names are tokens of subjects and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 40 }), (name) => {
      const token = toToken(name)
      assert.match(token, /^[A-Za-z0-9_=-]+$/)
      assert.is(fromToken(token), name)
    }),
  )
  for (const token of ['', 'a.b', '=2', '=zz', '=41', '=2e', '=FF', 'a b'])
    assert.is(fromToken(token), undefined, token)
  const place = { node: 'a.b', netns: '', table: 'route' }
  assert.is(logSubject('f', place, 1), 'rtnl.f.a=2Eb.table.=.route.1')
  assert.equal(readSubject('f', 'rtnl.f.a=2Eb.table.=.route.1'), { kind: 'log', slot: 1, ...place })
  assert.equal(readSubject('f', 'rtnl.f.n.lease'), { kind: 'lease', node: 'n' })
  for (const subject of ['rtnl.g.n.lease', 'rtnl.f.n', 'rtnl.f.n.lease.x', 'rtnl.f.n.table.=.route.2', 'x'])
    assert.is(readSubject('f', subject), undefined, subject)
})

protocol('values survive', () => {
  fc.assert(
    fc.property(values, (value) => {
      assert.equal(fromJson(JSON.parse(JSON.stringify(toJson(value)))), value)
    }),
  )
  assert.throws(() => toJson({ a: () => {} }), /a function, which cannot be sent/)
})

protocol('changes survive, in parts that are no longer than asked for', () => {
  const keys = fc.uniqueArray(fc.string(), { maxLength: 20 })
  fc.assert(
    fc.property(
      keys,
      fc.dictionary(fc.string(), values, { noNullPrototype: true }),
      fc.integer({ min: 1, max: 200 }),
      (names, entry, longest) => {
        const changes = names.map((key, at) => ({ kind: at % 3 === 0 ? 'removed' : 'added', key, entry }) as const)
        const batch = { event: 'change', table: 't', cause: 'notification', changes, entries: 0 } as const
        const got = [...eventTexts(batch, longest)].flatMap(({ text, synced }) => {
          assert.is(synced, false)
          const message = read(encodeLog(position, false, text))
          if (typeof message === 'string' || message.kind !== 'log' || message.event.event !== 'change')
            throw new Error('no change')
          assert.ok(message.event.changes.length === 1 || text.length < longest + 100)
          return message.event.changes
        })
        assert.equal(
          got,
          changes.map(({ kind, key }) => (kind === 'removed' ? { kind, key } : { kind: 'set', key, entry })),
        )
      },
    ),
  )
})

protocol('leases, ends, and what is no change survive', () => {
  const part = { part: 'all', behind: undefined, tooLarge: ['5'] }
  const table = { netns: 'blue', table: 'route', state: 'live', incomplete: [part], generation: 1, index: 5 }
  const lease = { interval: 5000, ended: false, about: { host: 'h' }, tables: [table] }
  assert.equal(read(encodeLease(position, lease)), { kind: 'lease', position, lease })
  assert.equal(read(encodeEnd(position, true)), { kind: 'end', position, removed: true })
  for (const event of [{ event: 'synced' }, { event: 'resync', cause: 'inferred', reason: 'link' }])
    assert.equal(read(encodeLog(position, true, JSON.stringify(event))), { kind: 'log', position, event })
})

protocol('what is of another version, cut short, damaged or foreign is not believed, and nothing is thrown', () => {
  const packet = encodeLog(position, false, '{"event":"change","cause":"dump","changes":[["a",{"b":1}]]}')
  const { headers, payload } = packet
  const changed = (name: string, value: string): Packet => ({ payload, headers: { ...headers, [name]: value } })
  assert.is(read(changed('Rtnl-Version', '2')), 'version')
  assert.is(read({ headers: {}, payload }), 'version')
  assert.is(read(changed('Rtnl-Kind', 'x')), 'header')
  assert.is(read(changed('Rtnl-Epoch', 'a b')), 'header')
  for (const index of ['', '-1', '01', '1e3', '99999999999999999999'])
    assert.is(read(changed('Rtnl-Index', index)), 'header')
  for (let length = 0; length < payload.length; length++)
    assert.is(read({ headers, payload: payload.subarray(0, length) }), 'payload')
  for (let bit = 0; bit < payload.length * 8; bit++) {
    const damaged = Uint8Array.from(payload)
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    const got = read({ headers, payload: damaged })
    // Bits of the head of zlib that say how hard it tried, and such as change nothing of what is inflated.
    if (typeof got !== 'string') assert.equal(got, read(packet), `bit ${bit}`)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.is(read({ headers, payload: bytes }), 'payload')),
  )
  fc.assert(
    fc.property(fc.json(), fc.constantFrom('lease', 'log', 'end'), (json, kind) => {
      const got = read({
        headers: { ...headers, 'Rtnl-Kind': kind },
        payload: compress(new TextEncoder().encode(json)),
      })
      assert.is(got, 'payload')
    }),
  )
  const wrong = ['{"event":"change","cause":"x","changes":[]}', '{"event":"change","cause":"dump","changes":[["a",1]]}']
  for (const text of [
    ...wrong,
    '{"event":"change","cause":"dump","changes":[["a",{"$bigint":"x"},1]]}',
    '{"event":"x"}',
  ])
    assert.is(read(encodeLog(position, false, text)), 'payload')
})

protocol('a payload that becomes very large is refused before it is', () => {
  const bomb = compress(new Uint8Array(64 * 1024 * 1024))
  assert.ok(bomb.length < 100_000)
  assert.throws(() => decompress(bomb), /becomes more than 33554432 bytes/)
})

protocol.run()
