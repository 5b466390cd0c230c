import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { AddressFamily, DumpTruncatedError, MessageFlag } from '@rtnl/netlink-core'
import { dumpRoutes, RouteMessage, RouteTable, routeMessage } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const large = suite('an IPv6 route that is too large for a dump')

const { INET, INET6 } = AddressFamily
/** The kernel shows them in the order of the last 8 bits. The last one has routes of IPv6 only. */
const everywhere = [20, 90, 254, 4000, 3000]
const onlyOfIpv6 = 3000
const all = [1, 2, 8, 9].map((number) => `2001:db8:${number}::/64`)

function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8' })
}

async function addLarge(table: RouteTable, dst: string): Promise<void> {
  const oif = Number(JSON.parse(ip('-json link show v0'))[0].ifindex)
  const multipath = Array.from({ length: 1300 }, (_, index) => ({
    flags: 0,
    oif,
    weight: 1,
    gateway: `fd00::1:${(index + 16).toString(16)}`,
  }))
  await table.notifier.connection.request({
    message: routeMessage,
    type: RouteMessage.NEW,
    flags: MessageFlag.CREATE | MessageFlag.EXCL,
    entry: { family: INET6, tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, table: 90, dst, multipath },
    operation: 'add a large route',
  })
}

/** `table dst` of the routes that are no one's but ours. */
function ours(table: RouteTable): string[] {
  return [...table]
    .filter(({ dst = '' }) => /^(2001:db8|192\.0)/.test(dst))
    .map((route) => `${route.table} ${route.dst}`)
    .sort()
}

/** The same as `ip` shows it, of one table after the other; of IPv6 not beyond a route that is too large. */
function shown(): string[] {
  return everywhere
    .flatMap((table) =>
      (table === onlyOfIpv6 ? ['-6'] : ['-4', '-6']).flatMap((family) =>
        (JSON.parse(ip(`${family} -json route show table ${table}`)) as { dst: string }[]).map(
          ({ dst }) => `${table} ${family === '-4' ? `${dst}/24`.slice(0, 12) : dst}`,
        ),
      ),
    )
    .filter((text) => /^\d+ (2001:db8|192\.0)/.test(text))
    .sort()
}

large('hides no other table, no other family, and nothing that was told: 1,300 hops', async () => {
  ip('link add v0 type veth peer name v1')
  ip('link set v0 up')
  ip('link set v1 up')
  ip('addr add 10.0.0.1/16 dev v0')
  ip('addr add fd00::1/64 dev v0 nodad')
  for (const table of everywhere) {
    for (const dst of all) ip(`-6 route add ${dst} via fd00::2 dev v0 table ${table}`)
    if (table !== onlyOfIpv6) ip(`route add 192.0.2.0/24 via 10.0.0.2 dev v0 table ${table}`)
  }
  const expected = shown()
  assert.is(expected.length, 24)
  await using before = await RouteTable.open()
  await using onlyIpv6 = await RouteTable.open({ family: INET6 })
  assert.equal(ours(before), expected)
  const dst = '2001:db8:5::/64'
  await addLarge(before, dst)
  await Promise.all([before.resync(), onlyIpv6.resync()])
  await using after = await RouteTable.open()
  await using afterOfTable = await RouteTable.open({ table: 90, family: INET6 })
  for (const table of [before, onlyIpv6, after, afterOfTable]) {
    await table.waitForSync()
    while (table.state !== 'live') await delay(10)
    assert.ok(table.incomplete.length > 0)
  }
  const isIpv6 = (text: string): boolean => text.includes(':')
  assert.equal(ours(before), [...expected, `90 ${dst}`].sort())
  assert.equal(ours(onlyIpv6), [...expected.filter(isIpv6), `90 ${dst}`].sort())
  assert.is(before.list({ dst, table: 90 })[0]?.multipath?.length, 1300)
  assert.is(before.incomplete[0]?.tooLarge.length, 1)
  // Who comes later misses what is behind it in its table, and a table of which nothing was known.
  const isBehind = (text: string): boolean =>
    isIpv6(text) && (/^90 .*:[89]::/.test(text) || text.startsWith(`${onlyOfIpv6} `))
  assert.equal(
    ours(after),
    expected.filter((text) => !isBehind(text)),
  )
  assert.equal(ours(afterOfTable), [`90 ${all[0]}`, `90 ${all[1]}`])

  // A part that is read again takes nothing away; what is told is followed.
  ip('link set v0 mtu 1400')
  ip('-6 route del 2001:db8:9::/64 table 90')
  ip('-6 route add 2001:db8:a::/64 via fd00::2 dev v0 table 90')
  const changed = [...expected.filter((text) => text !== '90 2001:db8:9::/64'), '90 2001:db8:a::/64'].sort()
  await Promise.all([before.waitForSync(), after.waitForSync()])
  assert.equal(ours(before), [...changed, `90 ${dst}`].sort())
  assert.ok(ours(after).includes('90 2001:db8:a::/64'))

  ip(`-6 route del ${dst} table 90`)
  const kernel = shown()
  assert.equal(kernel, changed)
  for (const table of [before, after, onlyIpv6, afterOfTable]) {
    await table.waitForSync()
    assert.equal(table.incomplete, [])
    while (table.state !== 'live') await delay(10)
  }
  assert.equal(ours(before), kernel)
  assert.equal(ours(after), kernel)
  assert.equal(ours(onlyIpv6), kernel.filter(isIpv6))
  assert.equal(
    ours(afterOfTable),
    kernel.filter((text) => isIpv6(text) && text.startsWith('90 ')),
  )
})

large('is told to who reads routes once', async () => {
  await using table = await RouteTable.open()
  await addLarge(table, '2001:db8:6::/64')
  const read = async (family: number | undefined): Promise<string> => {
    try {
      for await (const _ of dumpRoutes(table.notifier.connection, { family })) {
        // Only how it ends is asked.
      }
    } catch (error) {
      assert.instance(error, DumpTruncatedError)
      return 'truncated'
    }
    return 'all'
  }
  assert.equal(await Promise.all([undefined, INET, INET6].map(read)), ['truncated', 'all', 'truncated'])
  ip('-6 route del 2001:db8:6::/64 table 90')
  assert.equal(await Promise.all([undefined, INET, INET6].map(read)), ['all', 'all', 'all'])
})

large.run()
