import { execFileSync } from 'node:child_process'
import { MessageFlag } from '@rtnl/netlink-core'
import { RouteMessage, RouteTable, routeMessage } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const large = suite('a route that is too large for a dump')

function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8' })
}

/** `table dst` of routes that are in another table, or of IPv6 in the same one. */
const others = (table: RouteTable): string[] =>
  [...table]
    .filter(({ dst = '' }) => dst.startsWith('198.51.100.') || dst.startsWith('2001:db8:'))
    .map((route) => `${route.table} ${route.dst}`)
    .sort()

const destinations = (table: RouteTable): (string | undefined)[] =>
  [...table].filter((route) => route.family === 2 && route.table === 90).map(({ dst }) => dst)

/** What `ip` shows of the table, as soon as the large route is gone; before, it shows nothing of what is behind it. */
const shown = (): string[] =>
  (JSON.parse(ip('-4 -json route show table 90')) as { dst: string }[]).map(({ dst }) => `${dst}/24`.slice(0, 12))

large('does not take the others along: IPv4, 2,100 hops', async () => {
  ip('link add v0 type veth peer name v1')
  ip('link set v0 up')
  ip('link set v1 up')
  ip('addr add 10.0.0.1/16 dev v0')
  for (const third of [1, 2, 8, 9]) ip(`route add 192.0.${third}.0/24 via 10.0.0.2 dev v0 table 90`)
  ip('addr add fd00::1/64 dev v0 nodad')
  const elsewhere: string[] = []
  for (const number of [90, 100, 254]) {
    if (number > 90) {
      ip(`route add 198.51.100.0/24 via 10.0.0.2 dev v0 table ${number}`)
      elsewhere.push(`${number} 198.51.100.0/24`)
    }
    ip(`-6 route add 2001:db8:1::/64 via fd00::2 dev v0 table ${number}`)
    elsewhere.push(`${number} 2001:db8:1::/64`)
  }
  elsewhere.sort()
  await using before = await RouteTable.open()
  const oif = Number(JSON.parse(ip('-json link show v0'))[0].ifindex)
  const multipath = Array.from({ length: 2100 }, (_, index) => ({
    flags: 0,
    oif,
    weight: 1,
    gateway: `10.0.${1 + (index >> 8)}.${index & 255}`,
  }))
  await before.notifier.connection.request({
    message: routeMessage,
    type: RouteMessage.NEW,
    flags: MessageFlag.CREATE | MessageFlag.EXCL,
    entry: { family: 2, tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, table: 90, dst: '192.0.5.0/24', multipath },
    operation: 'add a large route',
  })
  await before.resync()
  await using after = await RouteTable.open()
  const all = ['192.0.1.0/24', '192.0.2.0/24', '192.0.8.0/24', '192.0.9.0/24']
  assert.equal(destinations(before).sort(), [...all, '192.0.5.0/24'].sort())
  assert.equal(before.list({ dst: '192.0.5.0/24', table: 90 })[0]?.multipath?.length, 2100)
  assert.is(before.incomplete[0]?.tooLarge.length, 1)
  assert.equal(destinations(after).sort(), all.slice(0, 2))
  assert.is(after.incomplete.length, 1)
  assert.equal(others(before), elsewhere)
  assert.equal(others(after), elsewhere)
  assert.equal([before.state, after.state], ['live', 'live'])

  ip('route del 192.0.5.0/24 table 90')
  await Promise.all([before.waitForSync(), after.waitForSync()])
  for (const table of [before, after]) {
    assert.equal(destinations(table).sort(), shown().sort())
    assert.equal(others(table), elsewhere)
    assert.equal(table.incomplete, [])
  }
})

large.run()
