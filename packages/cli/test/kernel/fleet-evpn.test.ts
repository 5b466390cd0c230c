// wants: nats-server chromium
// runtimes: node
// timeout: 240
import { Agent, parseConfig } from '@rtnl/agent'
import { linksAtRest } from '@rtnl/compliance'
import { Evpn } from '@rtnl/evpn'
import { Fleet, Publisher } from '@rtnl/fleet'
import { DerivedRows, DerivedTable } from '@rtnl/live-table'
import type { EvpnOverview, Overview, ServedView, TableWindow } from '@rtnl/web'
import { LocalSource, serveView } from '@rtnl/web'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { play } from '../../../evpn/test/support/netns.ts'
import { eventually } from '../../../fleet/test/support/eventually.ts'
import { TestServer } from '../../../fleet/test/support/nats-server.ts'
import { fleetSource } from '../../src/fleet/fleet-source.ts'
import { barriers, Pages } from '../support/browser.ts'
import { ip } from '../support/ip.ts'

const pictured = suite('EVPN of a fleet')
const [one, two] = ['one', 'two'].map((name) => `evpnfleet${process.pid}${name}`) as [string, string]
const tables = ['link', 'vlan', 'vni', 'fdb', 'nexthop', 'neighbor']
const collections = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices']

let server: TestServer
let evpn: Evpn
/** The view of the fleet, and that of the first namespace. */
let views: { fleet: ServedView; own: ServedView }
let first: Agent
let second: Agent
/** What ends what has begun; the last is called first. */
const ending: (() => void | Promise<void>)[] = []

function agentOf(node: string, names: readonly string[], published = tables): ReturnType<typeof parseConfig> {
  const nats = { servers: server.url, fleet: 'lab', node, maxBytes: 64 * 1024 * 1024 }
  const namespaces = { own: false, names }
  const settings = { tables: published, namespaces, desired: false, listen: false, state: false, nats }
  return parseConfig('test.json', JSON.stringify(settings))
}

async function start(...about: Parameters<typeof agentOf>): Promise<Agent> {
  const agent = await Agent.start(agentOf(...about))
  ending.push(() => agent.close())
  return agent
}

const scene = (local: string): string[] => [
  'ip link set lo up',
  'ip link add br0 type bridge',
  `ip link add vx10 type vxlan id 10 local ${local} dstport 4789 nolearning`,
  'ip link set vx10 master br0',
  ...['br0', 'vx10'].flatMap((name) => [`ip link set ${name} addrgenmode none`, `ip link set ${name} up`]),
  'ip nexthop add id 1 via 192.0.2.1 fdb',
  'ip nexthop add id 2 via 192.0.2.2 fdb',
  'ip nexthop add id 10 group 1,3/2 fdb',
  'bridge fdb append 00:00:00:00:00:00 dev vx10 dst 192.0.2.1 self permanent',
  'bridge fdb add 02:00:00:00:00:01 dev vx10 nhid 10 self extern_learn',
  'bridge fdb add 02:00:00:00:00:02 dev vx10 dst 192.0.2.9 self extern_learn',
  'ip neigh add 10.0.0.5 lladdr 02:00:00:00:00:01 dev br0 nud noarp extern_learn proto zebra',
]

pictured.before(async () => {
  for (const netns of [one, two]) {
    ip(`netns add ${netns}`)
    ending.push(() => void ip(`netns delete ${netns}`))
  }
  play(one, ...scene('192.0.2.100'))
  play(two, ...scene('192.0.2.200'), 'bridge fdb del 02:00:00:00:00:02 dev vx10 dst 192.0.2.9 self')
  await linksAtRest(one)
  server = await TestServer.start()
  ending.push(() => server[Symbol.asyncDispose]())
  first = await start('leaf1', [one])
  second = await start('leaf2', [two])
  // Of these nothing can be derived: not all is published.
  await start('leaf3', [one], ['link', 'route'])
  const fleet = await Fleet.open({ servers: server.url, fleet: 'lab' })
  ending.push(() => fleet.close())
  const locally = await LocalSource.open({ netns: one })
  ending.push(() => locally.close())
  evpn = await Evpn.open({ netns: one })
  ending.push(() => evpn.close())
  views = {
    fleet: await serveView(fleetSource(fleet), { port: 0 }),
    own: await serveView(locally, { port: 0 }),
  }
  ending.push(
    () => views.fleet.close(),
    () => views.own.close(),
  )
})

pictured.after(async () => {
  for (const end of ending.reverse()) await end()
})

async function get<Answer>({ url }: ServedView, path: string, query: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}api/${path}?${new URLSearchParams(query)}`)
  const answer = await response.text()
  assert.is(response.status, 200, `${path} ${JSON.stringify(query)}: ${answer}`)
  return JSON.parse(answer) as Answer
}

const places = async (): Promise<unknown> => (await get<Overview>(views.fleet, 'tables')).spaces[0]?.evpn

/** All that a view says of EVPN. Identifiers of endpoints are given in the order in which they came. */
async function told(view: ServedView, query: Record<string, string> = {}): Promise<object> {
  const { node: _node, netns: _netns, ...overview } = await get<EvpnOverview>(view, 'evpn', query)
  const rows = await Promise.all(
    collections.map(async (name) => {
      const { rows: found } = await get<TableWindow>(view, `tables/evpn-${name}`, { ...query, limit: '500' })
      return found.map(({ words }) => `${name} ${words.join(' ').replace(/ id 0x\w+/, '')}`).sort()
    }),
  )
  return { ...overview, rows: rows.flat() }
}

/** The fleet's view says of the first node what the view of the node itself says. @returns that */
async function same(): Promise<{ rows: string[] } & EvpnOverview> {
  let own: object = {}
  await eventually(async () => {
    own = await told(views.own)
    assert.equal(await told(views.fleet, { node: 'leaf1', netns: one }), own)
  })
  return own as Awaited<ReturnType<typeof same>>
}

pictured('it is of each namespace of a node that has vxlans and publishes what it takes', async () => {
  await eventually(async () =>
    assert.equal(await places(), [
      { node: 'leaf1', netns: one },
      { node: 'leaf2', netns: two },
    ]),
  )
  const { vnis, rows } = await same()
  assert.equal(
    vnis.map(({ vni, groups, macs }) => [vni, groups, macs]),
    [[10, 1, 2]],
  )
  assert.ok(rows.some((row) => /^fdb .*02:00:00:00:00:01.*nhid 10/.test(row)))
  const other = await get<EvpnOverview>(views.fleet, 'evpn', { node: 'leaf2' })
  assert.equal([other.node, other.netns, other.vnis[0]?.macs], ['leaf2', two, 1])
  const { rows: macs } = await get<TableWindow>(views.fleet, 'tables/evpn-fdb', { node: 'leaf2' })
  assert.equal(
    macs.map(({ node, netns, words }) => [node, netns, words[1]]),
    [['leaf2', two, '02:00:00:00:00:01']],
  )
  const response = await fetch(`${views.fleet.url}api/evpn?node=leaf3`)
  assert.equal([response.status, await response.json()], [404, { error: 'there is no EVPN on leaf3' }])
})

const changes = {
  'a path gets another weight': ['ip nexthop replace id 10 group 1,1/2,4 fdb'],
  'a member is no path': ['ip nexthop replace id 2 via 2001:db8::2 fdb'],
  'a member goes, and with it a weight': ['ip nexthop del id 2'],
  'an address moves behind an endpoint': [
    'bridge fdb del 02:00:00:00:00:01 dev vx10 self',
    'bridge fdb add 02:00:00:00:00:01 dev vx10 dst 192.0.2.7 self extern_learn',
  ],
  'many addresses come behind a group': Array.from(
    { length: 200 },
    (_, place) =>
      `bridge fdb add 02:00:00:00:01:${place.toString(16).padStart(2, '0')} dev vx10 nhid 10 self extern_learn`,
  ),
  'the group goes, and the kernel says nothing of what was behind it': ['ip nexthop del id 10'],
  'a vxlan of many VNIs comes': [
    'ip link add ext type vxlan external dstport 4790',
    'ip link set ext addrgenmode none',
    'ip link set ext up',
    'bridge fdb add 02:00:00:00:00:03 dev ext self src_vni 7 dst 192.0.2.4 extern_learn',
  ],
  'a binding goes, and another comes': [
    'ip neigh del 10.0.0.5 dev br0',
    'ip neigh add 10.0.0.6 lladdr 02:00:00:00:00:01 dev br0 nud noarp extern_learn router',
  ],
  'a vxlan has another name, and leaves its bridge': [
    'ip link set vx10 down',
    'ip link set vx10 name vxa',
    'ip link set vxa nomaster',
  ],
  'a vxlan goes with all that was in it': ['ip link del vxa'],
  'it comes again': [
    'ip link add vxb type vxlan id 10 local 192.0.2.100 dstport 4789 nolearning',
    'ip link set vxb addrgenmode none',
    'ip link set vxb master br0 up',
    'ip nexthop add id 10 group 1 fdb',
    'bridge fdb add 02:00:00:00:00:01 dev vxb nhid 10 self extern_learn',
  ],
}

for (const [what, lines] of Object.entries(changes)) {
  pictured(`${what}: the fleet shows what the node shows`, async () => {
    const before = await told(views.own)
    play(one, ...lines)
    await eventually(async () => assert.not.equal(await told(views.own), before))
    await evpn.waitForSync()
    const { rows } = await same()
    // By sockets of their own: not the collections that the page follows.
    assert.is(
      rows.length,
      collections.reduce((sum, name) => sum + [...evpn[name as 'fdb']].length, 0),
    )
  })
}

pictured('an agent that starts anew leaves no rows of before', async () => {
  await first.close()
  const query = { node: 'leaf1', netns: one }
  const own = await told(views.own)
  await eventually(async () => assert.equal(await told(views.fleet, query), { ...own, state: 'stale' }))
  play(one, 'bridge fdb del 02:00:00:00:00:01 dev vxb nhid 10 self', 'ip nexthop del id 10')
  play(one, 'bridge fdb add 02:00:00:00:00:04 dev vxb dst 192.0.2.8 self extern_learn')
  first = await start('leaf1', [one])
  const { rows } = await same()
  assert.ok(rows.some((row) => row.includes('02:00:00:00:00:04')))
  assert.not.ok(rows.some((row) => row.includes('02:00:00:00:00:01') && row.startsWith('fdb')))
})

pictured('what a node says that no kernel has keeps others from nothing', async () => {
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'lab', node: 'broken', interval: 200 })
  const rows = new Map(tables.map((name) => [name, new DerivedRows<object>({ name, ref() {}, unref() {} })]))
  for (const each of rows.values())
    publisher.publish(
      '',
      new DerivedTable(
        each,
        () => '',
        () => 'live',
      ),
    )
  rows.get('link')?.set('3', { ifindex: 3, ifname: 'vx', kind: 'vxlan', vxlan: { id: 10 }, type: 1 }, 'notification')
  await eventually(async () => assert.match(JSON.stringify(await places()), /"broken"/))
  assert.equal(
    (await get<EvpnOverview>(views.fleet, 'evpn', { node: 'broken' })).vnis.map(({ vni }) => vni),
    [10],
  )
  rows.get('nexthop')?.set('1', { id: 1, group: 5 }, 'notification')
  rows.get('link')?.set('{}', { ifindex: { toString: 5 }, kind: 'vxlan', vxlan: 7 }, 'notification')
  const status = async (): Promise<unknown> => {
    const response = await fetch(`${views.fleet.url}api/evpn?node=broken`)
    return [response.status, await response.json()]
  }
  await eventually(async () => assert.match(JSON.stringify(await status()), /^\[500,\{"error":"broken: /))
  await same()
  await publisher.unpublish('', 'link')
  await eventually(async () => assert.not.match(JSON.stringify(await places()), /broken/))
})

pictured('a page shows it node by node, follows it, and says when it is of before', async () => {
  const pages = await Pages.open()
  try {
    const page = await pages.page({ viewport: { width: 390, height: 844 } })
    await page.goto(`${views.fleet.url}#/evpn?vni=10`)
    const picture = page.getByRole('group', { name: /^VNI 10/ })
    await picture.getByRole('link', { name: /^192\.0\.2\.8\s+1 MAC/ }).waitFor()
    const choice = page.getByLabel('Node')
    assert.equal(await choice.getByRole('option').allTextContents(), [`leaf1 ${one}`, `leaf2 ${two}`])
    await choice.selectOption(`leaf2 ${two}`)
    await picture.getByRole('link', { name: /^group 10\s+1 MAC/ }).waitFor()
    play(two, 'ip nexthop replace id 2 via 2001:db8::2 fdb')
    await picture.getByText('nexthop 2: family').waitFor()
    assert.equal(await barriers(page), [])
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    assert.ok(wide <= 0, `${wide} pixels too wide`)
    await picture.getByRole('link', { name: /^group 10/ }).click()
    await page.getByRole('grid', { name: 'EVPN fdb' }).getByText('02:00:00:00:00:01').waitFor()
    assert.match(page.url(), /node=leaf2/)
    play(two, 'bridge fdb add 02:00:00:00:00:0a dev vx10 nhid 10 self extern_learn')
    await page.getByRole('grid', { name: 'EVPN fdb' }).getByText('02:00:00:00:00:0a').waitFor()
    await page.getByRole('link', { name: 'EVPN', exact: true }).click()
    await picture.getByText('2 MACs').waitFor()
    await second.close()
    await page.getByText(/^leaf2 is gone: it was heard of \d+ s ago, and had this\.$/).waitFor()
    assert.equal(await barriers(page), [])
    assert.equal(pages.complaints, [])
    // A namespace that is published no more is there no more.
    await choice.selectOption(`leaf1 ${one}`)
    await page.getByRole('navigation', { name: 'VNIs' }).getByText('VNI 10').click()
    await picture.getByRole('link', { name: /^192\.0\.2\.8/ }).waitFor()
    await first.reload(agentOf('leaf1', []))
    await page.getByText('there is no EVPN on leaf1').waitFor()
    assert.is(await picture.count(), 0)
    await eventually(async () => assert.equal(await places(), [{ node: 'leaf2', netns: two }]))
  } finally {
    await pages.close()
  }
})

pictured.run()
