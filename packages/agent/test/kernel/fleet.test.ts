// wants: nats-server
// timeout: 240

import { linksAtRest, trustAddresses } from '@rtnl/compliance'
import { Fleet } from '@rtnl/fleet'
import { LinkTable } from '@rtnl/link'
import { RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes, eventually } from '../../../fleet/test/support/eventually.ts'
import { TestServer } from '../../../fleet/test/support/nats-server.ts'
import { ip, ipBatch } from '../../../route/test/support/ip.ts'
import { Agent, type AgentConfig, type AgentStatus, parseConfig } from '../../src/index.ts'

const publishing = suite('agent in a fleet')
// Runtimes run this test at the same time.
const prefix = `fleet${process.pid}`
const [blue, red] = [`${prefix}-blue`, `${prefix}-red`]
let server: TestServer

const config = (node: string, more: object = {}): AgentConfig =>
  parseConfig(
    'test.json',
    JSON.stringify({
      tables: ['link', 'route'],
      namespaces: { own: false, names: [`${prefix}-*`] },
      desired: false,
      listen: '127.0.0.1:0',
      nats: { servers: server.url, fleet: 'f', node, maxBytes: 64 * 1024 * 1024 },
      ...more,
    }),
  )

function makeNetns(name: string): void {
  ip(`netns add ${name}`)
  trustAddresses(name)
  ipBatch(name, ['link set lo up', 'link add v0 type veth peer name v1', 'address add 10.9.0.1/24 dev v0'])
  ipBatch(name, ['link set v1 up', 'link set v0 up', 'route add 20.0.0.0/24 via 10.9.0.2'])
}

/** What a table of a node holds in a namespace: by the fleet. */
function inFleet(fleet: Fleet, name: string, node: string, netns: string): unknown[] {
  return [...fleet.table(name)]
    .filter((entry) => entry.node === node && entry.netns === netns)
    .map(({ node: _node, netns: _netns, ...entry }) => entry)
}

/** The same by a dump of the kernel that is made for it. */
async function inKernel(name: string, netns: string): Promise<unknown[]> {
  using table = name === 'link' ? await LinkTable.open({ netns }) : await RouteTable.open({ netns })
  return [...table]
}

async function equalsKernel(fleet: Fleet, node: string, netns: string): Promise<void> {
  for (const name of ['link', 'route']) {
    const texts = (entries: unknown[]): string[] => entries.map((entry) => JSON.stringify(sorted(entry))).sort()
    await eventually(async () =>
      assert.equal(texts(inFleet(fleet, name, node, netns)), texts(await inKernel(name, netns))),
    )
  }
}

const sorted = (entry: unknown): unknown => Object.fromEntries(Object.entries(entry as object).sort())

publishing.before(async () => {
  server = await TestServer.start()
})

publishing.after(() => server[Symbol.asyncDispose]())

publishing.before.each(() => makeNetns(blue))

publishing.after.each(() => {
  for (const name of [blue, red]) {
    try {
      ip(`netns delete ${name}`)
    } catch {
      // Not every test has the second one.
    }
  }
})

publishing('tables of all its namespaces are in the fleet as the kernel has them, and go with them', async () => {
  await using agent = await Agent.start(config('n1'))
  await eventually(async () => assert.is((await agent.status()).fleet?.state, 'publishing'))
  using fleet = await Fleet.open({ servers: server.url, fleet: 'f' })
  await equalsKernel(fleet, 'n1', blue)
  ip(`-n ${blue} route add 20.0.1.0/24 via 10.9.0.2`)
  makeNetns(red)
  await equalsKernel(fleet, 'n1', blue)
  await equalsKernel(fleet, 'n1', red)
  ip(`netns delete ${red}`)
  await becomes(() => inFleet(fleet, 'link', 'n1', red), [])
  const get = async (path: string): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${agent.address?.port}${path}`)).text()
  await becomes(() => fleet.nodes.get({ node: 'n1' })?.state, 'live')
  const status: AgentStatus = JSON.parse(await get('/status'))
  assert.equal([status.reasons, status.fleet?.state, status.fleet?.tables], [[], 'publishing', 2])
  assert.match(await get('/metrics'), /^rtnl_fleet_publishing\{fleet="f",node="n1"\} 1$/m)
  assert.is(await get('/readyz'), 'ok\n')
  await linksAtRest(blue)
  await equalsKernel(fleet, 'n1', blue)
  await agent.reload(config('n1', { nats: undefined }))
  await becomes(() => fleet.nodes.get({ node: 'n1' })?.state, 'gone')
  // What it held when it ended stays.
  await equalsKernel(fleet, 'n1', blue)
})

publishing('a second agent with the name of a node refuses, with who holds it; the first goes on', async () => {
  await using first = await Agent.start(config('same'))
  await eventually(async () => assert.is((await first.status()).fleet?.state, 'publishing'))
  await using second = await Agent.start(config('same'))
  await eventually(async () =>
    assert.match(
      (await second.status()).reasons[0] ?? '',
      new RegExp(`^fleet f: the node name same of fleet f is held by another publisher \\(.*pid ${process.pid},`),
    ),
  )
  assert.is((await fetch(`http://127.0.0.1:${second.address?.port}/readyz`)).status, 503)
  assert.equal((await first.status()).reasons, [])
  await first.close()
  await eventually(async () => assert.is((await second.status()).fleet?.state, 'publishing'))
})

publishing('works alone while the server is away, says so, and publishes what there is when it comes', async () => {
  await server.kill()
  await using agent = await Agent.start(config('late'))
  await eventually(async () =>
    assert.match(
      (await agent.status()).reasons.join('; '),
      new RegExp(`^fleet f: waits for ${server.url}: .*refused`, 'i'),
    ),
  )
  const { namespaces } = await agent.status()
  assert.ok((namespaces[0]?.tables.route ?? 0) > 0)
  ip(`-n ${blue} route add 20.0.2.0/24 via 10.9.0.2`)
  await server.restart()
  await eventually(async () => assert.equal((await agent.status()).reasons, []))
  using fleet = await Fleet.open({ servers: server.url, fleet: 'f' })
  await equalsKernel(fleet, 'late', blue)
  await server.kill()
  await eventually(async () => assert.equal((await agent.status()).reasons, ['fleet f: the server is away']))
  ip(`-n ${blue} route add 20.0.3.0/24 via 10.9.0.2`)
  await server.restart()
  await equalsKernel(fleet, 'late', blue)
})

publishing.run()
