// timeout: 600
// runtimes: node
import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as delay } from 'node:timers/promises'
import { mdbOwner } from '@rtnl/bridge'
import { json, patience, sampled } from '@rtnl/compliance'
import { followInterface, type Link, LinkTable } from '@rtnl/link'
import { fdbOwner, neighborOwner } from '@rtnl/neighbor'
import { diagnosticsChannels, type NetlinkError } from '@rtnl/netlink-core'
import { aborted } from '@rtnl/netlink-core/internal'
import { nexthopOwner } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { type Controller, keep, type Outcome, reconcile } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { isSameInterface } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InterruptedWriting } from '../support/interrupted-writing.ts'
import { ip, ipBatch } from '../support/ip.ts'

const protocol = 84
const table = 100
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

const nexthops = [
  ...range(8).map((number) => ({ id: 200 + number, group: [0, 1, 2].map((more) => ({ id: 3 * number - more })) })),
  ...range(24).map((id) => ({ id, gateway: `10.0.0.${1 + id}`, oif: 'v0' })),
  ...range(8).map((number) => ({ id: 100 + number, gateway: `fd00::${1 + number}`, oif: 'v0' })),
]
const routes = [
  ...range(24).map((id) => ({ dst: `20.0.${id}.0/24`, nhId: id })),
  ...range(8).map((number) => ({ dst: `20.1.${number}.0/24`, nhId: 200 + number })),
  ...range(8).map((number) => ({ dst: `2001:db8:${number}::/64`, nhId: 100 + number })),
]
const neighbors = range(16).map((number) => ({
  dst: `10.0.0.${100 + number}`,
  lladdr: `02:bb:00:00:00:${10 + number}`,
  state: 'permanent',
}))
const stations = range(16).map((number) => ({ lladdr: `02:aa:00:00:00:${10 + number}` }))

/** Requests that it takes to write all of that once. */
const count = nexthops.length + routes.length + neighbors.length + stations.length

const linkLines = [
  'link add v0 address 02:00:00:00:00:01 type veth peer name p0',
  'link add b0 address 02:00:00:00:00:02 type veth peer name q0',
  ...['v0', 'p0', 'b0', 'q0'].map((name) => `link set ${name} up`),
  'link set b0 master br0',
  'addr add 10.0.0.1/24 dev v0',
]
/** The kernel removes it when the link goes down. */
const address = 'addr replace fd00::1/64 dev v0 nodad'

const flaps: Readonly<Record<string, readonly string[]>> = {
  'goes down and comes up': [...['link set v0 down', 'link set b0 down', 'link set v0 up', 'link set b0 up'], address],
  'loses its carrier and gets it back': ['link set p0 down', 'link set q0 down', 'link set p0 up', 'link set q0 up'],
  'is deleted and made again': ['link del v0', 'link del b0', ...linkLines, address],
}

let number = 0
async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `flap${number++}`
  ip(`netns add ${netns}`)
  try {
    ipBatch(netns, ['link set lo up', 'link add br0 type bridge', 'link set br0 up', ...linkLines, address])
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}

/** What of ours the tools print. */
interface Shown {
  readonly id: number
  readonly gateway: string
  readonly dev: string
  readonly group?: readonly { readonly id: number }[]
  readonly dst: string
  readonly nhid: number
  readonly lladdr: string
  readonly mac: string
}

/** What the tools show of ours, as texts that `expected` has. */
function shown(netns: string): string[] {
  const tell = (command: string, text: (one: Shown) => string): string[] => json<Shown>(netns, command).map(text)
  return [
    ...tell(`ip nexthop show proto ${protocol}`, ({ id, gateway, dev, group }) =>
      group === undefined
        ? `nexthop ${id} via ${gateway} dev ${dev}`
        : `nexthop ${id} group ${group.map((member) => member.id).join('/')}`,
    ),
    ...['-4', '-6'].flatMap((family) =>
      tell(`ip ${family} route show table all proto ${protocol}`, ({ dst, nhid }) => `route ${dst} nhid ${nhid}`),
    ),
    ...tell('ip neigh show dev v0 nud permanent', ({ dst, lladdr }) => `neighbour ${dst} ${lladdr}`),
    ...tell('bridge fdb show brport b0', ({ mac }) => `station ${mac}`).filter((text) =>
      text.startsWith('station 02:aa:'),
    ),
  ].sort()
}

const expected = [
  ...nexthops.map((one) =>
    'group' in one
      ? `nexthop ${one.id} group ${one.group.map(({ id }) => id).join('/')}`
      : `nexthop ${one.id} via ${one.gateway} dev ${one.oif}`,
  ),
  ...routes.map(({ dst, nhId }) => `route ${dst} nhid ${nhId}`),
  ...neighbors.map(({ dst, lladdr }) => `neighbour ${dst} ${lladdr}`),
  ...stations.map(({ lladdr }) => `station ${lladdr}`),
].sort()

/** Waits until the tools show this. What then is wrong is shown by what is asserted next. */
async function untilShown(netns: string, wanted: readonly string[]): Promise<void> {
  const limit = performance.now() + patience
  while (shown(netns).join() !== wanted.join() && performance.now() < limit) await delay(50)
  assert.equal(shown(netns), wanted)
}

/** The desired entries of each table, once each, in the order in which they depend on each other. */
async function runAll(netns: string, dryRun: boolean): Promise<Outcome<unknown>[]> {
  await using links = await LinkTable.open({ netns })
  const [v0, b0] = ['v0', 'b0'].map((name) => links.get({ ifindex: links.ifindex(name)! })!)
  const options = { netns, dryRun }
  return [
    await reconcile(nexthopOwner({ protocol }), nexthops, options),
    await reconcile(routeOwner({ table, protocol }), routes, options),
    await reconcile(neighborOwner({ ifindex: v0!.ifindex, protocol }), neighbors, options),
    await reconcile(fdbOwner(b0!), stations, options),
  ] as Outcome<unknown>[]
}

async function assertNothingLeft(netns: string): Promise<void> {
  for (const { changes, failed, conflicts } of await runAll(netns, true)) {
    assert.equal([changes, failed, conflicts], [0, [], []])
  }
}

/** Controllers of all four tables, of which those of an interface follow its name. */
class Controllers implements AsyncDisposable {
  readonly routes: Controller<never>
  readonly nexthops: Controller<never>
  readonly #stop: AbortController
  readonly #followed: readonly Promise<void>[]

  private constructor(
    parts: Pick<Controllers, 'routes' | 'nexthops'>,
    stop: AbortController,
    followed: Promise<void>[],
  ) {
    this.routes = parts.routes
    this.nexthops = parts.nexthops
    this.#stop = stop
    this.#followed = followed
  }

  /** The routes come first, so that they have to wait for what they stand on. */
  static async open(notifier: Notifier, links: LinkTable): Promise<Controllers> {
    const stop = new AbortController()
    const follow = (name: string, start: (link: Link) => Promise<Controller<never>>): Promise<void> => {
      const use = async (link: Link | undefined, over: AbortSignal): Promise<void> => {
        // It is made again, and does not belong to the bridge yet.
        if (link === undefined || (name === 'b0' && link.master === undefined)) return
        try {
          using _ = await start(link)
          await aborted(over)
        } catch (error) {
          // The interface may be gone before the message about it has come.
          await links.waitForSync()
          if (!over.aborted) throw error
        }
      }
      const followed = followInterface(links, name, use, { signal: stop.signal, isSame: isSameInterface })
      // An error comes out when it is closed.
      followed.catch(() => {})
      return followed
    }
    const options = { notifier, waits: true }
    const followed = [
      follow('v0', async ({ ifindex }) => {
        return (await keep(neighborOwner({ ifindex, protocol }), neighbors, options)) as unknown as Controller<never>
      }),
      follow('b0', async (port) => (await keep(fdbOwner(port), stations, options)) as unknown as Controller<never>),
    ]
    const [kept, objects] = await Promise.all([
      keep(routeOwner({ table, protocol }), routes, options),
      keep(nexthopOwner({ protocol }), nexthops, options),
    ])
    const parts = { routes: kept, nexthops: objects } as unknown as Pick<Controllers, 'routes' | 'nexthops'>
    return new Controllers(parts, stop, followed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.routes.close()
    this.nexthops.close()
    await Promise.all(this.#followed)
  }
}

/** What the kernel refuses, as it says it. */
class Refusals implements Disposable {
  readonly all: string[] = []
  readonly #take = (message: unknown): void => {
    this.all.push((message as { readonly error: NetlinkError }).error.message)
  }

  constructor() {
    subscribe(diagnosticsChannels.refused, this.#take)
  }

  [Symbol.dispose](): void {
    unsubscribe(diagnosticsChannels.refused, this.#take)
  }
}

/** What `ip monitor` tells of nexthops while something is done. */
async function monitored(netns: string, act: () => Promise<void>): Promise<string[]> {
  const monitor = spawn('ip', ['-n', netns, 'monitor', 'nexthop'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  monitor.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const tells = async (id: number): Promise<void> => {
    const limit = performance.now() + patience
    while (!told.includes(`id ${id} `) && performance.now() < limit) {
      ip(`-n ${netns} nexthop replace id ${id} blackhole`)
      await delay(20)
    }
  }
  try {
    await tells(998)
    await act()
    await tells(999)
    return told.split('\n')
  } finally {
    monitor.kill()
  }
}

async function removeAll(netns: string): Promise<void> {
  await using links = await LinkTable.open({ netns })
  const [v0, b0] = ['v0', 'b0'].map((name) => links.get({ ifindex: links.ifindex(name)! })!)
  for (const { failed, conflicts } of [
    await reconcile(routeOwner({ table, protocol }), [], { netns }),
    await reconcile(nexthopOwner({ protocol }), [], { netns }),
    await reconcile(neighborOwner({ ifindex: v0!.ifindex, protocol }), [], { netns }),
    await reconcile(fdbOwner(b0!), [], { netns }),
  ]) {
    assert.equal([failed, conflicts], [[], []])
  }
}

const flapping = suite(
  'routes on nexthop objects, neighbours and stations behind a link that flaps while they are written',
)

/** From the first request to the last one, in each of the tables. */
const places = sampled([1, 20, 39, 60, count - 20, count])

for (const [flap, lines] of Object.entries(flaps)) {
  flapping(
    `the link ${flap}: controllers write what the kernel has dropped, and what stands on it after it`,
    async () => {
      for (const place of places) {
        await inNetns(async (netns) => {
          using writing = await InterruptedWriting.begin()
          using refusals = new Refusals()
          await using notifier = await Notifier.open({ netns })
          const table = await LinkTable.open({ notifier })
          let before: readonly string[] = []
          writing.at(place, () => {
            before = [...refusals.all]
            ipBatch(netns, lines)
          })
          {
            await using _ = await Controllers.open(notifier, table)
            await untilShown(netns, expected)
          }
          assert.not(writing.isWaiting, `request ${place} of ${count} was never sent`)
          // A route may be tried before its object is there, and waits then. Groups come after their members.
          assert.equal(
            before.filter((text) => text.includes('nexthop id ')),
            [],
            `before request ${place}`,
          )
          await assertNothingLeft(netns)
        })
      }
    },
  )

  flapping(`the link ${flap}: single runs name what is missing, and the next ones complete it`, async () => {
    for (const place of places) {
      await inNetns(async (netns) => {
        using writing = await InterruptedWriting.begin()
        writing.at(place, () => ipBatch(netns, lines))
        for (const { failed } of await runAll(netns, false)) {
          for (const { error } of failed) assert.match(error.message, /waits for (nexthop|link) \w+, which /)
        }
        assert.not(writing.isWaiting, `request ${place} of ${count} was never sent`)
        for (const { failed, conflicts } of await runAll(netns, false)) assert.equal([failed, conflicts], [[], []])
        assert.equal(shown(netns), expected)
        await assertNothingLeft(netns)
      })
    }
  })

  flapping(`the link ${flap}: groups go before their members, and nothing is left`, async () => {
    for (const place of places.slice(0, -1)) {
      await inNetns(async (netns) => {
        using writing = await InterruptedWriting.begin()
        await runAll(netns, false)
        assert.equal(shown(netns), expected)
        writing.at(place, () => ipBatch(netns, lines))
        const told = await monitored(netns, () => removeAll(netns))
        assert.not(writing.isWaiting, `request ${place} was never sent`)
        // The kernel tells of a group that has lost a member what is left of it.
        assert.equal(
          told.filter((line) => /^id \d+ group /.test(line)),
          [],
        )
        assert.equal(shown(netns), [])
      })
    }
  })
}

flapping('a port leaves its bridge while its stations and groups are removed: they are gone with it', () =>
  inNetns(async (netns) => {
    await using links = await LinkTable.open({ netns })
    const [port, bridge] = ['b0', 'br0'].map((name) => links.get({ ifindex: links.ifindex(name)! })!)
    const groups = range(16).map((number) => ({ port: port!.ifindex, group: `239.1.1.${number}` }))
    const owner = mdbOwner({ ifindex: bridge!.ifindex })
    using writing = await InterruptedWriting.begin()
    for (const [write, remove, left] of [
      [
        () => reconcile(fdbOwner(port!), stations, { netns }),
        () => reconcile(fdbOwner(port!), [], { netns }),
        'bridge fdb show brport b0',
      ],
      [() => reconcile(owner, groups, { netns }), () => reconcile(owner, [], { netns }), 'bridge mdb show dev br0'],
    ] as const) {
      assert.is((await write()).added, 16)
      writing.at(8, () => ip(`-n ${netns} link set b0 nomaster`))
      const { failed } = await remove()
      assert.not(writing.isWaiting, 'request 8 was never sent')
      assert.equal(failed, [])
      assert.not.match(JSON.stringify(json(netns, left)), /02:aa:|239\.1\./)
      ip(`-n ${netns} link set b0 master br0`)
    }
  }),
)

flapping.run()
