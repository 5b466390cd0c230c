// timeout: 600
// runtimes: node
// serial
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { tries } from '@rtnl/compliance'
import { keep, reconcile } from '@rtnl/reconcile'
import { type Route, RouteType, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carrier, ip, ipBatch, play } from '../support/ip.ts'

const traffic = suite('traffic while routes change')

const near = 'traffic-near'
const far = 'traffic-far'
/** Addresses that are reached by our routes alone. */
const targets = ['198.51.100.1', '2001:db8:100::1']
const [target, target6] = ['198.51.100.1/32', '2001:db8:100::1/128']
const ownership = { table: 254, protocol: 84 }

const children: ChildProcess[] = []

interface Running {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
}

/** Runs a part of `child-traffic.ts` in a namespace, and waits until it is ready. */
async function start(netns: string, ...words: string[]): Promise<Running> {
  const file = fileURLToPath(new URL('../support/child-traffic.ts', import.meta.url))
  const command = ['netns', 'exec', netns, process.execPath, ...process.execArgv, file, ...words]
  const child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  assert.is((await lines.next()).value, 'ready')
  return { child, lines }
}

interface Counts {
  readonly sent: number
  readonly lost: number
  readonly refused: number
}

/**
 * What becomes of the packets that are sent while something is done.
 * @param act is given a function that tells what has become of them so far
 */
async function packetsWhile(act: (soFar: () => Promise<Counts>) => Promise<void>): Promise<Counts> {
  const { child, lines } = await start(near, 'send', ...targets)
  const next = async (): Promise<Counts> => JSON.parse(String((await lines.next()).value))
  await act(() => {
    child.stdin?.write('\n')
    return next()
  })
  child.stdin?.end()
  return next()
}

/** Does something again and again until packets do not come back, a minute at most. */
async function untilSome(soFar: () => Promise<Counts>, act: () => void): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 60_000; ) {
    act()
    const { lost, refused } = await soFar()
    if (lost + refused > 0) return
  }
}

traffic.before(async () => {
  for (const netns of [near, far]) ip(`netns add ${netns}`)
  const lladdr = { near: '02:00:00:00:00:01', far: '02:00:00:00:00:02' }
  ip(`-n ${near} link add v0 address ${lladdr.near} type veth peer name p0 address ${lladdr.far} netns ${far}`)
  ipBatch(near, ['link set lo up', 'link set v0 up', 'addr add 10.0.0.1/24 dev v0', 'addr add fd00::1/64 dev v0 nodad'])
  ipBatch(far, [
    'link set lo up',
    'link set p0 up',
    ...[2, 3].flatMap((host) => [`addr add 10.0.0.${host}/24 dev p0`, `addr add fd00::${host}/64 dev p0 nodad`]),
    ...targets.map((address) => `addr add ${address} dev lo`),
  ])
  await play(near, [
    carrier('v0', true),
    ...[2, 3].flatMap((host) => [
      `nexthop add id ${host} via 10.0.0.${host} dev v0`,
      `nexthop add id ${host + 10} via fd00::${host} dev v0`,
    ]),
    'nexthop add id 100 group 2/3',
    'nexthop add id 110 group 12/13',
  ])
  // A neighbour that does not answer in time takes packets along, which is no fault of the route.
  const gateways = ['10.0.0.2', '10.0.0.3', 'fd00::2', 'fd00::3']
  ipBatch(
    near,
    gateways.map((gateway) => `neigh replace ${gateway} lladdr ${lladdr.far} nud permanent dev v0`),
  )
  ipBatch(
    far,
    ['10.0.0.1', 'fd00::1'].map((source) => `neigh replace ${source} lladdr ${lladdr.near} nud permanent dev p0`),
  )
  await start(far, 'echo')
})

traffic.after(() => {
  for (const child of children) child.kill()
  for (const netns of [near, far]) ip(`netns del ${netns}`)
})

/** The same two addresses by other and other ways. */
const ways: Partial<Route>[][] = [
  [{ gateway: '10.0.0.2' }, { gateway: 'fd00::2' }],
  [{ gateway: '10.0.0.3' }, { gateway: 'fd00::3' }],
  [{ multipath: [hop('10.0.0.2'), hop('10.0.0.3')] }, { multipath: [hop('fd00::2'), hop('fd00::3')] }],
  [{ nhId: 2 }, { nhId: 12 }],
  [
    { gateway: '10.0.0.3', metrics: { mtu: 1400 } },
    { gateway: 'fd00::3', metrics: { mtu: 1400 } },
  ],
  [{ nhId: 100 }, { nhId: 110 }],
  [{ via: 'fd00::2' }, { nhId: 13 }],
]

function hop(gateway: string): { gateway: string; weight: number; flags: number; oif: number } {
  return { gateway, weight: 1, flags: 0, oif: 0 }
}

function desiredOf([way, way6]: Partial<Route>[]): Partial<Route>[] {
  return [
    { ...way, dst: target },
    { ...way6, dst: target6 },
  ]
}

traffic('no packet is lost while a route is replaced again and again', async () => {
  const links = JSON.parse(ip(`-n ${near} -j link show v0`)) as [{ ifindex: number }]
  for (const { multipath } of ways.flat()) for (const each of multipath ?? []) each.oif = links[0].ifindex
  await using controller = await keep(routeOwner(ownership), desiredOf(ways[0]!), { netns: near })
  const before = controller.requests
  const rounds = tries(700, 3)
  const { sent, lost, refused } = await packetsWhile(async () => {
    for (let round = 1; round <= rounds; round++) {
      await controller.assign(desiredOf(ways[round % ways.length]!))
      await controller.idle()
      assert.equal(controller.failed, [])
    }
  })
  assert.is(controller.requests - before, rounds * 2)
  assert.ok(sent > rounds, `only ${sent} packets were sent`)
  assert.equal([lost, refused], [0, 0], `of ${sent}`)
  await controller.remove()
})

traffic('the same when each change is a run of its own', async () => {
  const owner = routeOwner(ownership)
  await reconcile(owner, desiredOf(ways[0]!), { netns: near })
  const { sent, lost, refused } = await packetsWhile(async () => {
    for (const way of [...ways, ...ways, ...ways]) {
      assert.equal((await reconcile(owner, desiredOf(way), { netns: near })).failed, [])
    }
  })
  assert.equal([lost, refused], [0, 0], `of ${sent}`)
})

traffic('a route that is deleted and added again does lose some: the test would see it', async () => {
  await reconcile(routeOwner(ownership), desiredOf(ways[0]!), { netns: near })
  const { lost, refused } = await packetsWhile((soFar) =>
    untilSome(soFar, () => {
      ip(`-n ${near} route del ${target} proto 84`)
      ip(`-n ${near} route add ${target} via 10.0.0.2 proto 84`)
    }),
  )
  assert.ok(lost + refused > 0)
})

traffic('a blackhole loses all: the test would see that, too', async () => {
  await reconcile(routeOwner(ownership), desiredOf(ways[0]!), { netns: near })
  const { lost, refused } = await packetsWhile(async (soFar) => {
    const dead = [target, target6].map((dst) => ({ dst, type: RouteType.BLACKHOLE }))
    await reconcile(routeOwner(ownership), dead, { netns: near })
    await untilSome(soFar, () => {})
  })
  assert.ok(lost + refused > 0)
})

traffic.run()
