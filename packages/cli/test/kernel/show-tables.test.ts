// timeout: 900
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip } from '../support/ip.ts'
import {
  bridgeForwardings,
  comparable,
  type Entry,
  forwardingAsBridge,
  ipLinks,
  ipNeighbors,
  ipRoutes,
  isAnnounced,
  linkAsIp,
  neighborAsIp,
  routeAsIp,
} from '../support/ip-tables.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { eventually } from '../support/watching.ts'

const show = suite('show of every table')

show.before(async () => {
  makeScene('a')
  ip('-n a link set p1 down')
  // The kernel tells of a lost carrier up to a second later.
  await eventually(() => ip('-n a route').includes('linkdown'))
})

/** Words of `ip -o -d link` about what an entry does not have. */
const beyondLinks = [
  /,M-DOWN/,
  / qdisc \S+/,
  / mode DEFAULT/,
  / group default/,
  / qlen \d+/,
  / brd \S+/,
  / promiscuity .*? maxmtu \d+/,
  / forward_delay .*? max_age \d+/,
  / priority 32768/,
  / srcport \d+ \d+/,
  / port_id .*? config_pending \d+/,
  / group_fwd_mask \S+ group_fwd_mask_str \S+/,
  / bridge_id .*?(?= mcast_snooping)/,
  / (?:ttl|bcqueuelen|no_linklocal_learn) .*?(?= bridge_slave| addrgenmode)/,
  / addrgenmode .*?(?= altname|$)/,
]

/** The lines of `ip`, which puts more spaces than one here and there, and backslashes where another line would begin. */
function lines(text: string, beyond: readonly RegExp[] = []): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/[\s\\]+/g, ' ').trim())
    .map((line) => beyond.reduce((rest, words) => rest.replace(words, ''), line))
}

/** Of forwarding entries those of bridges and vxlans, and not the addresses that an interface listens to. */
function forwardings(text: string): string[] {
  return lines(text).filter((line) => / dev (vx|ext) /.test(line) || !line.includes(' self'))
}

const running = (text: string): string => text.replaceAll(/expires \d+sec/g, 'expires')

const texts: [table: string, tool: () => string[]][] = [
  ['link', () => lines(ip('-n a -o -d link'), beyondLinks)],
  ['route', () => lines(running(ip('-n a -o route show table all')))],
  ['neighbor', () => lines(ip('-n a neigh show nud all')).filter((line) => isAnnounced(line))],
  ['fdb', () => forwardings(bridge('-n a fdb'))],
]

for (const [table, tool] of texts) {
  show(`${table}: the text is what the tool prints, line for line`, async () => {
    const { code, stdout, stderr } = await rtnl(['show', table, '--netns', 'a'])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const expected = tool()
    assert.ok(expected.length > 5)
    assert.equal(running(stdout).trimEnd().split('\n').sort(), expected.sort())
  })
}

const objects: [table: string, tool: (netns: string) => Entry[], reduced: (entry: Entry) => Entry][] = [
  ['link', ipLinks, linkAsIp],
  ['route', ipRoutes, routeAsIp],
  ['neighbor', (netns) => ipNeighbors(netns).filter(({ dst }) => isAnnounced(String(dst))), neighborAsIp],
  ['fdb', bridgeForwardings, forwardingAsBridge],
]

for (const [table, tool, reduced] of objects) {
  show(`${table}: --json is what the tool says`, async () => {
    const { code, stdout, stderr } = await rtnl(['show', table, '--json', '--netns', 'a'])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const entries: Entry[] = JSON.parse(stdout)
    assert.equal(comparable(entries.map(reduced)), comparable(tool('a')))
  })
}

show('the data of a kind, metrics and encapsulations are objects', async () => {
  const entries = async (table: string): Promise<Entry[]> =>
    JSON.parse((await rtnl(['show', table, '--json', '--netns', 'a'])).stdout)
  const v0 = JSON.parse(ip('-n a -j link show dev v0'))[0].ifindex
  const vx = (await entries('link')).find(({ ifname }) => ifname === 'vx')
  assert.equal(vx?.vxlan, { id: 42, link: v0, local: '10.0.0.1', learning: 0, port: 4789, collectMetadata: 0 })
  const port = JSON.parse(ip('-n a -j -d link show dev vx'))[0].linkinfo.info_slave_data
  const { priority, cost, isolated } = (vx?.bridgePort ?? {}) as Entry
  assert.equal([priority, cost, isolated === 1], [port.priority, port.cost, port.isolated])
  const routes = await entries('route')
  assert.equal(routes.find(({ dst }) => dst === 'fd0b::/64')?.metrics, { mtu: 1400 })
  assert.equal(routes.find(({ dst }) => dst === 'fd0c::/64')?.encap, { mode: 1, segs: ['fd00::9', 'fd00::8'] })
})

show.run()
