import { readdirSync, readFileSync } from 'node:fs'
import { type Message, readMessages, Writer } from '@rtnl/netlink-core'
import { type Nexthop, NexthopAttribute, NexthopMessage, nexthopBucketMessage, nexthopMessage } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** One file of `vectors/`: what the kernel sent after a command, and what `ip -j -d` said of it. See tools/capture.ts. */
interface Vector {
  readonly json: Readonly<Record<string, unknown>> | undefined
  readonly buckets: readonly { bucket: { index: number; nhid: number; idle_time: number } }[]
  /** Messages by how they came: `notification`, `dump`, `bucket`. */
  readonly messages: readonly { readonly how: string; readonly bytes: Uint8Array }[]
}

const folder = new URL('vectors/', import.meta.url)

function load(file: string): Vector {
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n')
  const comment = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`# ${name}: `))?.slice(name.length + 4)
  const messages = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [how = '', digits = ''] = line.split(' ')
      return { how, bytes: Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) }
    })
  const json = comment('json')
  return { json: json && JSON.parse(json), buckets: JSON.parse(comment('buckets') ?? '[]'), messages }
}

/** What `ip -j -d nexthop` means in our fields. It leaves out what is usual: a weight of 1, a scope and protocol of 0. */
const scopes: Readonly<Record<string, number>> = { global: 0, link: 253, host: 254 }
const protocols: Readonly<Record<string, number>> = { unspec: 0, bgp: 186 }
/** Interfaces of the captures: `ip` shows names, and v0 was made second, behind its peer. */
const interfaces: Readonly<Record<string, number>> = { v0: 3 }
const encapTypes: Readonly<Record<string, number>> = { mpls: 1, ip: 2, ip6: 4, seg6: 5 }

function expectedOf(json: Readonly<Record<string, unknown>>): Partial<Nexthop> {
  const { gateway, dev, group, encap } = json as { gateway?: string; dev?: string; group?: Member[]; encap?: string }
  const resilient = json.resilient_args as Record<string, number> | undefined
  return {
    id: json.id as number,
    scope: scopes[json.scope as string] ?? -1,
    protocol: protocols[json.protocol as string] ?? -1,
    flags: (json.flags as string[]).includes('onlink') ? 4 : 0,
    ...(gateway === undefined ? {} : { gateway }),
    ...(dev === undefined ? {} : { oif: interfaces[dev] ?? -1 }),
    ...('blackhole' in json ? { blackhole: true as const } : {}),
    ...('fdb' in json ? { fdb: true as const } : {}),
    ...(group === undefined ? {} : { group: group.map(({ id, weight }) => ({ id, weight: weight ?? 1 })) }),
    ...(group === undefined ? {} : { groupType: json.type === 'resilient' ? 1 : 0 }),
    ...(encap === undefined ? {} : { encapType: encapTypes[encap] ?? -1 }),
    // `ip` shows seconds, the kernel says clock ticks, 100 a second.
    ...(resilient === undefined
      ? {}
      : {
          resGroup: {
            buckets: resilient.buckets ?? -1,
            idleTimer: (resilient.idle_timer ?? -1) * 100,
            unbalancedTimer: (resilient.unbalanced_timer ?? -1) * 100,
            unbalancedTime: (resilient.unbalanced_time ?? -1) * 100,
          },
        }),
  }
}
interface Member {
  readonly id: number
  readonly weight?: number
}

/** What else a file must say, which `ip` 6.1 shows otherwise or not at all; from the command that made it. */
const beside: Readonly<Record<string, Partial<Nexthop>>> = {
  'blackhole.hex': { family: 2 },
  'device.hex': { family: 2 },
  // Of an IP tunnel `ip` writes the tunnel's id over that of the nexthop.
  'encap-ip.hex': {
    id: 1,
    family: 2,
    encap: { id: 100, dst: '192.0.2.1', src: '192.0.2.2', tos: 4, ttl: 64, flags: 0 },
  },
  'encap-ip6.hex': {
    id: 1,
    family: 2,
    encap: { id: 100, dst: 'fc00::1', src: 'fc00::2', tc: 4, hoplimit: 64, flags: 0 },
  },
  'encap-mpls.hex': { family: 2, encap: { dst: [100, 200], ttl: 5 } },
  'encap-seg6.hex': { family: 10, encap: { mode: 1, segs: ['fc00::1', 'fc00::2'] } },
  'fdb-ipv4.hex': { family: 2 },
  'fdb-ipv6.hex': { family: 10 },
  'gateway-ipv4.hex': { family: 2 },
  'gateway-ipv6.hex': { family: 10 },
  'group-fdb.hex': { family: 0 },
  'group-resilient.hex': { family: 0 },
  'group-wide-weight.hex': {
    family: 0,
    group: [
      { id: 1, weight: 1000 },
      { id: 2, weight: 65535 },
    ],
  },
  'group.hex': { family: 0 },
  'onlink.hex': { family: 2 },
  'protocol.hex': { family: 2 },
}

/** Offset of the first attribute: behind `struct nlmsghdr` and `struct nhmsg`. */
const firstAttribute = 24
const nestedFlag = 0x8000

/** The kernel sends `NHA_ENCAP` without the flag of nested attributes, and refuses it so. */
function asWritten(bytes: Uint8Array): Uint8Array {
  const written = bytes.slice()
  const view = new DataView(written.buffer)
  for (let at = firstAttribute; at < written.length; at += (view.getUint16(at, true) + 3) & ~3) {
    const type = view.getUint16(at + 2, true)
    if (type === NexthopAttribute.ENCAP) view.setUint16(at + 2, type | nestedFlag, true)
  }
  return written
}

/** Calls `each` with a message and checks that it encodes to the same bytes again. */
function decodeAndBack<Entry>(message: Message<Entry>, bytes: Uint8Array, each: (entry: Entry) => void): void {
  const count = readMessages(bytes, ({ view, type, flags, seq, pid, body, end }) => {
    const { entry, unknown } = message.decodeWhole(view, body, end)
    const writer = new Writer()
    const start = writer.beginMessage(type, flags, seq, pid)
    message.encode(writer, entry, unknown)
    writer.endMessage(start)
    assert.equal(writer.bytes(), asWritten(bytes))
    each(message.decode(view, body, end))
  })
  assert.is(count, 1)
}

const vectors = suite('messages of the kernel')
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .sort()

vectors('have a file for each expectation', () => {
  assert.equal(files, [...Object.keys(beside), 'delete.hex'].sort())
})

for (const file of files.filter((name) => name !== 'delete.hex')) {
  vectors(`mean what ip says, and encode to the same bytes: ${file}`, () => {
    const { json, messages } = load(file)
    assert.ok(json)
    const seen = messages.filter(({ how }) => how !== 'bucket')
    assert.equal(
      seen.map(({ how }) => how),
      ['notification', 'dump'],
    )
    for (const { bytes } of seen) {
      decodeAndBack(nexthopMessage, bytes, (entry) => assert.equal(entry, { ...expectedOf(json), ...beside[file] }))
    }
  })
}

vectors('of a deletion say the whole nexthop', () => {
  const [deletion] = load('delete.hex').messages
  assert.ok(deletion)
  readMessages(deletion.bytes, ({ type }) => assert.is(type, NexthopMessage.DEL))
  decodeAndBack(nexthopMessage, deletion.bytes, (entry) => {
    assert.equal(entry, { family: 2, scope: 253, protocol: 0, flags: 0, id: 1, oif: 3, gateway: '10.0.0.2' })
  })
})

vectors('of buckets mean what ip says, and encode to the same bytes', () => {
  const { messages, buckets } = load('group-resilient.hex')
  const seen = messages.filter(({ how }) => how === 'bucket')
  assert.is(seen.length, 8)
  for (const [place, { bytes }] of seen.entries()) {
    decodeAndBack(nexthopBucketMessage, bytes, (entry) => {
      assert.is(entry.id, 10)
      assert.is(entry.bucket?.index, buckets[place]?.bucket.index)
      assert.is(entry.bucket?.nhId, buckets[place]?.bucket.nhid)
    })
  }
})

vectors('of a kernel that does not vouch for the high byte of weights have its low byte only', () => {
  // The same group without NHA_OP_FLAGS, its last attribute (8 bytes), and with a flag that says something else.
  const bytes = load('group-wide-weight.hex').messages[0]?.bytes
  assert.ok(bytes)
  const header = 16
  const weights = (message: Uint8Array): number[] | undefined => {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
    return nexthopMessage.decode(view, header, message.length).group?.map(({ weight }) => weight)
  }
  assert.equal(weights(bytes), [1000, 65535])
  assert.equal(weights(bytes.slice(0, -8)), [0xe7 + 1, 0xfe + 1])
  assert.equal(weights(Uint8Array.from([...bytes.slice(0, -4), 1, 0, 0, 0])), [0xe7 + 1, 0xfe + 1])
})

vectors.run()
