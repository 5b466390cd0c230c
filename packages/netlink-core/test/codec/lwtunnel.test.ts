import {
  attribute,
  EncapsulationType,
  encapsulation,
  formatHex,
  header,
  message,
  parseAddress,
  Seg6LocalAction,
  Seg6LocalFlavor,
  Seg6Mode,
  u8,
  u16,
  Writer,
} from '@rtnl/netlink-core'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { caught, decode, encode, engines, viewOf } from './sample.ts'

const lwtunnel = suite('lightweight tunnels')

const ENCAP = 8
const ENCAP_TYPE = 7

const declare = (engine: 'compiled' | 'interpreted') =>
  message(
    'leg',
    {
      header: { family: header(u8) },
      attributes: { encap: encapsulation(ENCAP, ENCAP_TYPE), encapType: attribute(ENCAP_TYPE, u16) },
    },
    engine,
  )
const leg = declare('compiled')

type Attribute = readonly [type: number, payload: Uint8Array | readonly number[]]

/** The nest as `linux/lwtunnel.h` and its companions lay it out, made without the code under test. */
function nest(...attributes: readonly Attribute[]): Uint8Array {
  const writer = new Writer(64)
  for (const [type, payload] of attributes) {
    const at = writer.begin(type)
    writer.raw(Uint8Array.from(payload))
    writer.end(at)
  }
  return writer.bytes().slice()
}

function messageBytes(encapType: number | undefined, payload: Uint8Array): Uint8Array {
  const writer = new Writer(64)
  writer.zeros(4)
  // As RPL and IOAM want it; `ip` sends it, and the kernel does not.
  const encap = writer.begin(ENCAP, true)
  writer.raw(payload)
  writer.end(encap)
  if (encapType !== undefined) {
    const type = writer.begin(ENCAP_TYPE)
    writer.u16(encapType)
    writer.end(type)
  }
  return writer.bytes().slice()
}

const native32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer)
const address = (text: string) => [...parseAddress(text)!]
const routingHeader = (...segments: string[]) => [
  ...[0, segments.length * 2, 4, segments.length - 1, segments.length - 1, 0, 0, 0],
  ...segments.flatMap(address),
]

/** With `struct sr6_tlv_hmac` (`linux/seg6_hmac.h`) behind the segments, as `ip ... hmac ID` makes it. */
function signed(header: readonly number[], keyId: number): number[] {
  const [next, length = 0, type, left, first, , ...rest] = header
  const id = new DataView(new ArrayBuffer(4))
  id.setUint32(0, keyId)
  const tlv = [5, 38, 0, 0, ...new Uint8Array(id.buffer), ...Array(32).fill(0)]
  return [next!, length + 5, type!, left!, first!, 8, ...rest, ...tlv]
}

const native64 = (value: number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)
const counters = (packets: number, bytes: number, errors: number) =>
  nest([2, native64(packets)], [3, native64(bytes)], [4, native64(errors)])

const forms: readonly [name: string, encapType: number, payload: Uint8Array, value: object][] = [
  [
    'seg6, whose segments stand on the wire in reverse',
    EncapsulationType.SEG6,
    nest([1, [...native32(1), ...routingHeader('fc00::2', 'fc00::1')]]),
    { mode: Seg6Mode.ENCAP, segs: ['fc00::1', 'fc00::2'] },
  ],
  [
    'seg6 inline, with the place for the target',
    EncapsulationType.SEG6,
    nest([1, [...native32(0), ...routingHeader('::', 'fc00::1')]]),
    { mode: Seg6Mode.INLINE, segs: ['fc00::1', '::'] },
  ],
  [
    'seg6 with a signature',
    EncapsulationType.SEG6,
    nest([1, [...native32(1), ...signed(routingHeader('fc00::2', 'fc00::1'), 0x89abcdef)]]),
    { mode: Seg6Mode.ENCAP, segs: ['fc00::1', 'fc00::2'], hmac: 0x89abcdef },
  ],
  ['seg6local', EncapsulationType.SEG6_LOCAL, nest([1, native32(1)]), { action: Seg6LocalAction.END }],
  [
    'seg6local with every address and number',
    EncapsulationType.SEG6_LOCAL,
    nest(
      [1, native32(99)],
      [2, signed(routingHeader('fc00::2', 'fc00::1'), 5)],
      [3, native32(100)],
      [4, [192, 0, 2, 1]],
      [5, address('fc00::9')],
      [6, native32(3)],
      [7, native32(4)],
      [9, native32(200)],
    ),
    {
      action: 99,
      srh: { segs: ['fc00::1', 'fc00::2'], hmac: 5 },
      table: 100,
      nh4: '192.0.2.1',
      nh6: 'fc00::9',
      iif: 3,
      oif: 4,
      vrftable: 200,
    },
  ],
  [
    'seg6local with nests, as the kernel marks them',
    EncapsulationType.SEG6_LOCAL,
    nest(
      [1, native32(15)],
      [0x8008, nest([1, native32(42)], [2, [...new TextEncoder().encode('prog\0')]])],
      [0x800a, counters(1, 2, 3)],
      [0x800b, nest([1, native32(16)], [2, [32]], [3, [16]])],
    ),
    {
      action: Seg6LocalAction.END_BPF,
      bpf: { prog: 42, progName: 'prog' },
      counters: { packets: 1, bytes: 2, errors: 3 },
      flavors: { operation: Seg6LocalFlavor.NEXT_CSID, lcblockBits: 32, lcnodeFnBits: 16 },
    },
  ],
  [
    'mpls',
    EncapsulationType.MPLS,
    nest([1, [0x00, 0x06, 0x40, 0x00, 0xff, 0xff, 0xf1, 0x00]]),
    { dst: [100, 0xfffff] },
  ],
  ['mpls with a TTL', EncapsulationType.MPLS, nest([1, [0x00, 0x01, 0x01, 0x00]], [2, [64]]), { dst: [16], ttl: 64 }],
  [
    'ip',
    EncapsulationType.IP,
    nest([1, [0, 0, 0, 0, 0, 0, 0, 100]], [2, [192, 0, 2, 1]], [3, [192, 0, 2, 2]], [5, [4]], [4, [64]], [6, [0, 4]]),
    { id: 100, dst: '192.0.2.1', src: '192.0.2.2', tos: 4, ttl: 64, flags: 4 },
  ],
  [
    'ip6',
    EncapsulationType.IP6,
    nest(
      [1, [0, 0, 0, 0, 0, 0, 1, 0]],
      [2, address('fc00::1')],
      [3, address('fc00::2')],
      [5, [4]],
      [4, [64]],
      [6, [0, 0]],
    ),
    { id: 256, dst: 'fc00::1', src: 'fc00::2', tc: 4, hoplimit: 64, flags: 0 },
  ],
]

for (const engine of engines) {
  const declared = declare(engine)
  for (const [name, encapType, payload, encap] of forms) {
    lwtunnel(`${engine}: ${name}`, () => {
      const bytes = messageBytes(encapType, payload)
      assert.equal(decode(declared, bytes), { family: 0, encap, encapType })
      assert.equal(encode(declared, { encap, encapType } as object), bytes)
    })
  }
}

for (const engine of engines) {
  lwtunnel(`${engine}: counters change by themselves`, () => {
    const declared = declare(engine)
    const stable = (...numbers: [number, number, number]) => {
      const bytes = messageBytes(EncapsulationType.SEG6_LOCAL, nest([1, native32(1)], [0x800a, counters(...numbers)]))
      return declared.decodeStable(viewOf(bytes), 0, bytes.length)
    }
    const { encap } = stable(1, 2, 3)
    assert.equal(encap, { action: 1, counters: {} })
    assert.equal(stable(4, 5, 6), stable(1, 2, 3))
    // What a form would not give back is bytes, whatever it counts.
    assert.type(stable(2 ** 53, 0, 0).encap, 'string')
  })
}

const srh = routingHeader('fc00::1')
const withByte = (index: number, value: number) => srh.map((byte, at) => (at === index ? value : byte))
const raw: readonly [name: string, encapType: number | undefined, payload: Uint8Array][] = [
  ['no type beside it', undefined, nest([1, [0, 1, 1, 0]])],
  ['a type without a form', EncapsulationType.BPF, nest([1, native32(1)])],
  ['a type that is not known', 999, nest([1, native32(1)])],
  ['nothing at all', EncapsulationType.SEG6, nest()],
  ['an attribute that the form does not have', EncapsulationType.MPLS, nest([1, [0, 1, 1, 0]], [9, [1]])],
  ['other order of attributes', EncapsulationType.MPLS, nest([2, [64]], [1, [0, 1, 1, 0]])],
  ['a traffic class in a label', EncapsulationType.MPLS, nest([1, [0, 1, 3, 0]])],
  ['a TTL in a label', EncapsulationType.MPLS, nest([1, [0, 1, 1, 64]])],
  ['no bottom of the stack', EncapsulationType.MPLS, nest([1, [0, 1, 0, 0]])],
  ['labels of 3 bytes', EncapsulationType.MPLS, nest([1, [0, 1, 1]])],
  ['a key beyond 2^53', EncapsulationType.IP, nest([1, [0x80, 0, 0, 0, 0, 0, 0, 1]])],
  ['options of a tunnel', EncapsulationType.IP, nest([2, [192, 0, 2, 1]], [8, nest([2, nest([1, native32(5)])])])],
  ['an address of the other family', EncapsulationType.IP6, nest([2, [192, 0, 2, 1]])],
  ['a nested flag', EncapsulationType.MPLS, nest([0x8001, [0, 1, 1, 0]])],
  ['a flag of a signature (HMAC) without one', EncapsulationType.SEG6, nest([1, [...native32(1), ...withByte(5, 8)]])],
  [
    'a signature by no key',
    EncapsulationType.SEG6,
    nest([1, [...native32(1), ...signed(routingHeader('fc00::1'), 0)]]),
  ],
  [
    'a signature that is filled in',
    EncapsulationType.SEG6,
    nest([1, [...native32(1), ...signed(routingHeader('fc00::1'), 5).fill(1, -1)]]),
  ],
  ['a node without an action', EncapsulationType.SEG6_LOCAL, nest([5, address('fc00::1')])],
  ['an attribute that no node has', EncapsulationType.SEG6_LOCAL, nest([1, native32(1)], [99, [1, 2, 3]])],
  ['a next address of the other family', EncapsulationType.SEG6_LOCAL, nest([1, native32(5)], [5, [192, 0, 2, 1]])],
  ['a routing header that is cut short', EncapsulationType.SEG6_LOCAL, nest([1, native32(9)], [2, srh.slice(0, 16)])],
  [
    'counters without the flag of a nest',
    EncapsulationType.SEG6_LOCAL,
    nest([1, native32(1)], [10, counters(1, 2, 3)]),
  ],
  ['segments left of another count', EncapsulationType.SEG6, nest([1, [...native32(1), ...withByte(3, 3)]])],
  ['more segments than bytes', EncapsulationType.SEG6, nest([1, [...native32(1), ...withByte(4, 200)]])],
  ['bytes behind the segments', EncapsulationType.SEG6, nest([1, [...native32(1), ...srh, 0, 0, 0, 0]])],
  ['a tag', EncapsulationType.SEG6, nest([1, [...native32(1), ...withByte(7, 1)]])],
]
for (const [name, encapType, payload] of raw) {
  lwtunnel(`hex digits: ${name}`, () => {
    const bytes = messageBytes(encapType, payload)
    const entry = decode(leg, bytes)
    assert.is(entry.encap, formatHex(viewOf(payload), 0, payload.length))
    if (encapType !== undefined) assert.equal(encode(leg, entry), bytes)
  })
}

const { SEG6, SEG6_LOCAL, MPLS, IP, IP6, BPF } = EncapsulationType
const refused: readonly [entry: object, type: typeof Error, text: string][] = [
  [{ encap: { dst: [1] } }, TypeError, 'leg.encap: needs encapType beside it, to say what it is'],
  [{ encap: 'abcd' }, TypeError, 'leg.encap: needs encapType beside it, to say what it is'],
  [{ encap: {}, encapType: BPF }, TypeError, 'leg.encap: with encapType 6 it is written as hex digits'],
  [{ encap: {}, encapType: 'mpls' }, TypeError, 'leg.encap: with encapType "mpls" it is written as hex digits'],
  [{ encap: 5, encapType: IP }, TypeError, 'leg.encap: 5 is not an object or hex digits'],
  [{ encap: [1], encapType: IP }, TypeError, 'leg.encap: an array is not an object or hex digits'],
  [{ encap: 'xyz', encapType: IP }, TypeError, 'leg.encap: "xyz" is not an even number of hex digits'],
  [{ encap: { dst: [] }, encapType: MPLS }, RangeError, 'leg.encap.dst: a stack has at least one label'],
  [{ encap: { dst: 5 }, encapType: MPLS }, TypeError, 'leg.encap.dst: 5 is not an array of labels'],
  [
    { encap: { dst: [1, 2 ** 20] }, encapType: MPLS },
    RangeError,
    'leg.encap.dst[1]: 1048576 is not a whole number in 0..1048575',
  ],
  [{ encap: { dst: ['1'] }, encapType: MPLS }, TypeError, 'leg.encap.dst[0]: "1" is not a number'],
  [{ encap: { via: 1 }, encapType: MPLS }, TypeError, 'leg.encap.via: there is no such field'],
  [{ encap: { segs: ['::1'] }, encapType: SEG6 }, TypeError, 'leg.encap.mode: undefined is not a number'],
  [{ encap: { mode: 1 }, encapType: SEG6 }, TypeError, 'leg.encap.segs: undefined is not an array of addresses'],
  [{ encap: { mode: 1, segs: [] }, encapType: SEG6 }, RangeError, 'leg.encap.segs: 0 segments, not 1 to 127'],
  [
    { encap: { mode: 1, segs: Array(128).fill('::1') }, encapType: SEG6 },
    RangeError,
    'leg.encap.segs: 128 segments, not 1 to 127',
  ],
  [
    { encap: { mode: 1, segs: ['::1', '10.0.0.1'] }, encapType: SEG6 },
    TypeError,
    'leg.encap.segs[1]: "10.0.0.1" is not an IPv6 address',
  ],
  [{ encap: { mode: 1, segs: ['::1'], tag: 5 }, encapType: SEG6 }, TypeError, 'leg.encap.tag: there is no such field'],
  [
    { encap: { mode: 1, segs: ['::1'], hmac: 0 }, encapType: SEG6 },
    RangeError,
    'leg.encap.hmac: 0 is not a whole number in 1..4294967295',
  ],
  [
    { encap: { mode: 1, segs: Array(126).fill('::1'), hmac: 1 }, encapType: SEG6 },
    RangeError,
    'leg.encap.segs: 126 segments, not 1 to 125',
  ],
  [{ encap: { nh6: '::1' }, encapType: SEG6_LOCAL }, TypeError, 'leg.encap.action: is missing'],
  [
    { encap: { action: 9, srh: { segs: ['::1', 5] } }, encapType: SEG6_LOCAL },
    TypeError,
    'leg.encap.srh.segs[1]: 5 is not a text',
  ],
  [{ encap: { action: 9, srh: 'x' }, encapType: SEG6_LOCAL }, TypeError, 'leg.encap.srh: "x" is not an object'],
  [
    { encap: { action: 9, srh: { segs: ['::1'], mode: 1 } }, encapType: SEG6_LOCAL },
    TypeError,
    'leg.encap.srh.mode: there is no such field',
  ],
  [
    { encap: { action: 5, nh6: '10.0.0.1' }, encapType: SEG6_LOCAL },
    TypeError,
    'leg.encap.nh6: "10.0.0.1" is not an IPv6 address',
  ],
  [{ encap: { dst: '::1' }, encapType: IP }, TypeError, 'leg.encap.dst: "::1" is not an IPv4 address'],
  [{ encap: { dst: '10.0.0.1' }, encapType: IP6 }, TypeError, 'leg.encap.dst: "10.0.0.1" is not an IPv6 address'],
  [{ encap: { id: -1 }, encapType: IP }, RangeError, 'leg.encap.id: -1 is not a whole number in 0..9007199254740991'],
  [{ encap: { hoplimit: 1 }, encapType: IP }, TypeError, 'leg.encap.hoplimit: there is no such field'],
]
for (const [entry, type, text] of refused) {
  lwtunnel(text, () => {
    const writer = new Writer(16)
    const error = caught(() => leg.encode(writer, entry))
    assert.is(error.message, text)
    assert.is(error.constructor, type)
    assert.is(writer.length, 0)
  })
}

lwtunnel('whatever comes is given back byte for byte', () => {
  const types = fc.constantFrom(SEG6, SEG6_LOCAL, MPLS, IP, IP6, BPF)
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 })
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(fc.constantFrom(...forms), changes).map(([[, , payload], mutations]) => {
      const changed = payload.slice()
      for (const [place, value] of mutations) changed[place % changed.length] = value
      return changed
    }),
  )
  fc.assert(
    fc.property(types, payloads, (encapType, payload) => {
      const bytes = messageBytes(encapType, payload)
      assert.equal(encode(leg, decode(leg, bytes)), bytes)
    }),
    { numRuns: tries(2000, 2) },
  )
})

lwtunnel.run()
