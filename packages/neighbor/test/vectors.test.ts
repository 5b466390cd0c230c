import { readdirSync, readFileSync } from 'node:fs'
import {
  fdbDefinition,
  isOwned,
  type Neighbor,
  NeighborMessage,
  neighborDefinition,
  neighborListener,
  neighborMessage,
} from '@rtnl/neighbor'
import { type MessageCursor, readMessages, Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asBridgeShows, asIpShows, type BridgeFdb, fromBridge, fromIp, type IpNeighbor } from './support/shown.ts'

const vectors = suite('messages of the kernel')

const folder = new URL('vectors/', import.meta.url)

/** One file of `vectors/`: what the kernel sent after a command, and what `ip -j` or `bridge -j` said of it. */
interface Vector {
  /** Of interfaces by name. */
  readonly indexes: ReadonlyMap<string, number>
  readonly json: IpNeighbor | BridgeFdb | undefined
  readonly messages: readonly { readonly how: string; readonly bytes: Uint8Array }[]
}

function load(name: string): Vector {
  const lines = readFileSync(new URL(`${name}.hex`, folder), 'utf8')
    .trim()
    .split('\n')
  const comment = (word: string): string | undefined =>
    lines.find((line) => line.startsWith(`# ${word}: `))?.slice(word.length + 4)
  const messages = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [how = '', digits = ''] = line.split(' ')
      return { how, bytes: Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) }
    })
  const json = comment('json')
  const indexes = new Map(Object.entries(JSON.parse(comment('links') ?? '{}') as Record<string, number>))
  return { indexes, json: json === undefined ? undefined : JSON.parse(json), messages }
}

function each(bytes: Uint8Array, see: (cursor: MessageCursor) => void): void {
  assert.is(readMessages(bytes, see), 1)
}

/** Interfaces of the captures. */
const [p0, v0, br0, vx0, vx1] = [2, 3, 4, 5, 6]
const lladdr = '02:bb:00:00:00:01'
const self = { family: 7, flags: 2, type: 1, lladdr }

/** What the files must say, from the commands that made them. */
const expected: Readonly<Record<string, Partial<Neighbor>>> = {
  inet: { family: 2, ifindex: v0, state: 0x80, flags: 0, type: 1, dst: '10.0.0.2', lladdr },
  inet6: { family: 10, ifindex: v0, state: 0x40, flags: 0x90, type: 1, dst: 'fd00::2', lladdr, protocol: 84 },
  managed: { family: 2, ifindex: v0, state: 0x01, flags: 0x10, type: 1, dst: '10.0.0.2', flagsExt: 1 },
  incomplete: { family: 2, ifindex: v0, state: 0x01, flags: 0, type: 1, dst: '10.0.0.7' },
  multicast: {
    family: 2,
    ifindex: v0,
    state: 0x40,
    flags: 0,
    type: 5,
    dst: '224.0.0.99',
    lladdr: '01:00:5e:00:00:63',
  },
  tun: { family: 10, ifindex: 7, state: 0x40, flags: 0, type: 1, dst: 'fd03::2', lladdr: '' },
  proxy: { family: 2, ifindex: v0, state: 0, flags: 8, type: 1, dst: '10.0.0.9' },
  bridge: { family: 7, ifindex: p0, state: 0x40, flags: 0, type: 0, lladdr, master: br0, flagsExt: 0 },
  'bridge-own': { family: 7, ifindex: br0, state: 0x80, flags: 0, type: 0, lladdr, master: br0, flagsExt: 0 },
  vxlan: { ...self, ifindex: vx0, state: 0x42, flags: 0x12, dst: '192.0.2.1' },
  'vxlan-remote': {
    ...self,
    ifindex: vx0,
    state: 0xc0,
    lladdr: '00:00:00:00:00:00',
    dst: '192.0.2.1',
    port: 8472,
    vni: 20,
    viaIfindex: v0,
  },
  'vxlan-external': { ...self, ifindex: vx1, state: 0xc0, dst: '192.0.2.1', vni: 200, srcVni: 100 },
  'vxlan-nexthop': { ...self, ifindex: vx0, state: 0x42, nhId: 10 },
  'address-list': { ...self, ifindex: v0, state: 0x80, type: 0 },
}

vectors('have a file for each expectation', () => {
  const files = readdirSync(folder).map((file) => file.replace(/\.hex$/, ''))
  assert.equal(files.sort(), [...Object.keys(expected), 'deleted'].sort())
})

for (const [name, wanted] of Object.entries(expected)) {
  vectors(`mean what the command was, and the same when they are written again: ${name}`, () => {
    const { messages } = load(name)
    assert.ok(messages.some(({ how }) => how === 'dump'))
    for (const { how, bytes } of messages) {
      each(bytes, ({ view, type, flags, seq, pid, body, end }) => {
        assert.is(type, NeighborMessage.NEW)
        const { entry, unknown } = neighborMessage.decodeWhole(view, body, end)
        // An entry of an address list is told as static, and dumped as permanent alone.
        const state = name === 'address-list' && how === 'notification' ? { state: 0xc0 } : {}
        assert.equal(neighborMessage.decode(view, body, end), { ...wanted, ...state })
        // An empty address is no address, so it cannot be written.
        if (entry.lladdr === '') return
        const writer = new Writer()
        const start = writer.beginMessage(type, flags, seq, pid)
        neighborMessage.encode(writer, entry, unknown)
        writer.endMessage(start)
        // The kernel has no fixed order of attributes: it writes those of a vxlan in another one.
        assert.is(writer.bytes().length, bytes.length)
        each(writer.bytes(), (again) => {
          assert.equal(neighborMessage.decodeWhole(again.view, again.body, again.end), { entry, unknown })
        })
      })
    }
  })

  // Of an address without bytes `ip` prints the next one in memory; it does not say the state of a proxy entry.
  if (name === 'tun' || name === 'proxy') continue
  vectors(`mean what ip or bridge says: ${name}`, () => {
    const { json, indexes, messages } = load(name)
    assert.ok(json)
    const { bytes } = messages.find(({ how }) => how === 'dump') ?? assert.unreachable()!
    each(bytes, ({ view, body, end }) => {
      const entry = neighborMessage.decode(view, body, end)
      if ('mac' in json) assert.equal(asBridgeShows(entry), fromBridge(json, indexes))
      else assert.equal(asIpShows(entry), fromIp(json, indexes))
    })
  })
}

vectors('of a deletion by hand: failed, without a hardware address, then deleted', () => {
  const { messages } = load('deleted')
  const kinds = messages.map(({ bytes }) => {
    let seen: unknown
    each(bytes, (cursor) => {
      seen = neighborListener.decode(cursor)
    })
    return seen
  })
  const neighbor = { family: 2, ifindex: v0, state: 0x20, flags: 0, type: 1, dst: '10.0.0.2' }
  assert.equal(kinds, [
    { kind: 'new', neighbor },
    { kind: 'delete', neighbor },
  ])
})

vectors('belong to one table, or to none', () => {
  const tables = Object.keys(expected).map((name) => {
    const names: string[] = []
    each(load(name).messages.at(-1)!.bytes, (cursor) => {
      for (const definition of [neighborDefinition, fdbDefinition]) {
        if (definition.accept?.(cursor) === true) names.push(definition.name)
      }
    })
    return [name, names.join()]
  })
  assert.equal(
    tables,
    Object.entries(expected).map(([name, { family }]) => [
      name,
      name === 'address-list' ? '' : family === 7 ? 'fdb' : 'neighbor',
    ]),
  )
})

vectors('that the listener keeps', () => {
  const kept = Object.keys(expected).filter((name) => {
    let seen = false
    each(load(name).messages.at(-1)!.bytes, (cursor) => {
      seen = neighborListener.decode(cursor) !== undefined
    })
    return seen
  })
  const left = ['bridge', 'multicast', 'tun']
  assert.equal(
    kept,
    Object.keys(expected).filter((name) => !left.includes(name)),
  )
  assert.ok(isOwned(expected.bridge as Neighbor))
})

vectors.run()
