// runtimes: node
//
// Fails when something that happens to every message becomes several times more work than it is. All is measured as work of
// the processor, not as time, and beside a loop in the same process: neither a slow machine nor a busy one matters.
import { linkDefinition } from '@rtnl/link'
import { MessageFlag, MulticastGroup, Writer } from '@rtnl/netlink-core'
import { FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { nexthopDefinition } from '@rtnl/nexthop'
import { defineRoutes, type Route, RouteMessage, RouteTable, routeMessage } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Messages of a round. */
const count = 30_000
/** Messages of a datagram, as many as one of a dump holds. */
const packed = 500
/** The best of them counts: others had to compile, or to collect garbage of others. */
const rounds = 3

/** How many times the work of the loop each kind of work may be: about four times what it is. */
const limits = { decode: 2.5, encode: 4, store: 7, apply: 100 }

function route(number: number, gateway: number): Route {
  return {
    family: 2,
    dst: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}/32`,
    tos: 0,
    table: 254,
    protocol: 4,
    scope: 0,
    type: 1,
    flags: 0,
    gateway: `198.18.1.${gateway}`,
    oif: 3,
  }
}

const routes = Array.from({ length: count }, (_, number) => route(number, number % 64))

function datagrams(flags: number, turned: number): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let first = 0; first < count; first += packed) {
    const parts = routes.slice(first, first + packed).map((entry, place) => {
      const sent = turned === 0 ? entry : route(first + place, (first + place + turned) % 64)
      return messageBytes(routeMessage, { type: RouteMessage.NEW, flags }, sent)
    })
    all.push(Buffer.concat(parts))
  }
  return all
}

const added = datagrams(MessageFlag.CREATE | MessageFlag.EXCL, 0)
const replaced = datagrams(MessageFlag.CREATE | MessageFlag.REPLACE, 1)
const message = added[0]!.length / packed

/** Seconds that the processors work for this process while something is done. */
async function work(what: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await what()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** What programs of this kind are made of: bytes that are read, small objects, texts, and a table of them by text. */
function calibrate(): number {
  let sum = 0
  const table = new Map<string, { readonly key: string; readonly value: number }>()
  for (const datagram of added) {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
    for (let at = 0; at < datagram.byteLength; at += message) {
      let value = 0
      for (let offset = 0; offset < message; offset += 4) value = (value * 31 + view.getUint32(at + offset, true)) | 0
      const key = `${value >>> 24}.${(value >> 16) & 255}.${(value >> 8) & 255}.${value & 255}/32`
      table.set(key, { key, value })
      sum += value
    }
  }
  return sum + table.size
}

/** The least work of several rounds, and that of the loop beside it. */
async function best(what: () => Promise<number>): Promise<number> {
  const own: number[] = []
  const loop: number[] = []
  for (let round = 0; round < rounds; round++) {
    loop.push(await work(calibrate))
    own.push(await what())
  }
  return Math.min(...own) / Math.min(...loop)
}

function check(name: keyof typeof limits, ratio: number): void {
  const text = `${name} is ${ratio.toFixed(2)} times the work of the loop, and ${limits[name]} is allowed`
  assert.ok(ratio > 0 && ratio < limits[name], text)
}

const guards = suite('work for a message')

guards('of decoding', async () => {
  let letters = 0
  const decode = (): void => {
    for (const datagram of added) {
      const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
      for (let at = 0; at < datagram.byteLength; at += message) {
        const { dst, gateway } = routeMessage.decode(view, at + 16, at + message)
        letters += (dst?.length ?? 0) + (gateway?.length ?? 0)
      }
    }
  }
  check('decode', await best(() => work(decode)))
  assert.ok(letters > rounds * count)
})

guards('of encoding', async () => {
  const writer = new Writer(256)
  let bytes = 0
  const encode = (): void => {
    for (const entry of routes) {
      writer.clear()
      routeMessage.encode(writer, entry)
      bytes += writer.length
    }
  }
  check('encode', await best(() => work(encode)))
  assert.is(bytes, rounds * count * (message - 16))
})

/** A live table of a kernel that is made of code. */
async function openTable(): Promise<{ kernel: FakeKernel; table: RouteTable }> {
  const kernel = new FakeKernel()
  new FakeTable(kernel, defineRoutes({ family: 2 }))
  new FakeTable(kernel, linkDefinition)
  new FakeTable(kernel, nexthopDefinition)
  return { kernel, table: await RouteTable.open({ transports: kernel, family: 2 }) }
}

async function notify(kernel: FakeKernel, table: RouteTable, batches: readonly Uint8Array[]): Promise<void> {
  for (const datagram of batches) kernel.notify(MulticastGroup.IPV4_ROUTE, datagram)
  await table.waitForSync()
}

guards('of storing what is new', async () => {
  const ratio = await best(async () => {
    const { kernel, table } = await openTable()
    const seconds = await work(() => notify(kernel, table, added))
    assert.is(table.size, count)
    assert.equal(table.get({ dst: '10.0.1.0/32' }), routes[256])
    table.close()
    return seconds
  })
  check('store', ratio)
})

guards('of applying what changes, with a reader', async () => {
  const ratio = await best(async () => {
    const { kernel, table } = await openTable()
    await notify(kernel, table, added)
    let told = 0
    const reading = (async () => {
      for await (const { changes } of table.changes({ initial: false })) {
        told += changes.length
        if (told === count) return
      }
    })()
    const seconds = await work(async () => {
      await notify(kernel, table, replaced)
      await reading
    })
    assert.is(table.size, count)
    assert.is(table.get({ dst: '10.0.1.0/32' })?.gateway, '198.18.1.1')
    table.close()
    return seconds
  })
  check('apply', ratio)
})

guards.run()
