// The package netlink of npm as a contestant: README.md says what it is received and what it answers.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [folder, ifindex, firstGateway, gateways] = process.argv.slice(2)
const { createNetlink, createRtNetlink, FlagsNew, Protocol, rt } = createRequire(folder)('netlink')

/** Seconds without a message after which everything is taken for received. */
const quiet = 0.3
const routeGroup = 7
const newRoute = 24
const deletedRoute = 25
const family = 2

/** Seconds by CLOCK_MONOTONIC, which the other processes read too. */
const now = () => Number(process.hrtime.bigint()) / 1e9
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const keyOf = ({ data, attrs }) =>
  `${attrs.table ?? data.table} ${attrs.dst?.toString('hex')}/${data.dstLen} ${data.tos} ${attrs.priority}`

async function dump() {
  const socket = createRtNetlink()
  try {
    return await socket.getRoutes({ family })
  } finally {
    socket.socket.close()
  }
}

/** Every number below `count` once, in the order in which the writer in C deletes. */
function* scattered(count) {
  const commonDivisor = (a, b) => (b === 0 ? a : commonDivisor(b, a % b))
  let stride = Math.floor(count * 0.6180339887) | 1
  while (commonDivisor(stride, count) !== 1) stride++
  for (let turn = 0; turn < count; turn++) yield (turn * stride) % count
}

async function change(action, count, table, protocol) {
  const socket = createRtNetlink()
  const gateway = Buffer.from(firstGateway.split('.'))
  const start = now()
  const numbers = action === 'add' ? Array(count).keys() : scattered(count)
  for (const number of numbers) {
    const dst = Buffer.from([10, number >> 16, (number >> 8) & 255, number & 255])
    const hop = Buffer.from(gateway)
    hop[3] = number % Number(gateways)
    const route = { family, dstLen: 32, table, protocol, scope: 'UNIVERSE', type: 'UNICAST' }
    const attrs = { dst, gateway: hop, oif: Number(ifindex) }
    if (action === 'add') await socket.newRoute(route, attrs, { flags: FlagsNew.CREATE | FlagsNew.EXCL })
    else await socket.delRoute({ ...route, scope: 'NOWHERE' }, attrs)
  }
  const seconds = now() - start
  socket.socket.close()
  return { seconds, sent: count }
}

const routes = new Map()
let received = 0
let overruns = 0
let last = 0
let unblocked = 0

async function follow() {
  const socket = createNetlink(Protocol.ROUTE)
  socket.on('message', (messages) => {
    for (const { type, data } of messages) {
      if (type !== newRoute && type !== deletedRoute) continue
      const route = rt.parseRouteMessage(data)
      if (type === newRoute) routes.set(keyOf(route), route)
      else routes.delete(keyOf(route))
      received++
    }
    last = now()
  })
  socket.on('error', () => overruns++)
  socket.addMembership(routeGroup)
  for (const route of await dump()) routes.set(keyOf(route), route)
}

async function catchUp() {
  const asked = now()
  while (now() - Math.max(last, asked) < quiet) await delay(20)
  return { fresh: Math.max(last, unblocked), unblocked, received, overruns, ended: 0 }
}

async function compare() {
  const fresh = new Set((await dump()).map(keyOf))
  const missing = [...fresh].filter((key) => !routes.has(key))
  const surplus = [...routes.keys()].filter((key) => !fresh.has(key))
  return { lost: missing.length + surplus.length }
}

function block(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  unblocked = now()
}

async function obey([command, ...words]) {
  switch (command) {
    case 'dump': {
      const start = now()
      const { length } = await dump()
      return say({ seconds: now() - start, routes: length })
    }
    case 'add':
    case 'delete':
      return say(await change(command, ...words.map(Number)))
    case 'follow':
      return say((await follow()) ?? {})
    case 'block':
      say({})
      // The answer is written once the event loop had its turn.
      setTimeout(() => block(Number(words[0])), 10)
      return
    case 'catch-up':
      return say(await catchUp())
    case 'compare':
      return say(await compare())
    default:
      throw new Error(`"${command}" is no command`)
  }
}

for await (const line of createInterface({ input: process.stdin })) await obey(line.split(' '))
process.exit()
