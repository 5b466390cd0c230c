import { execFileSync } from 'node:child_process'
import { type Address, AddressTable, addressDefinition } from '@rtnl/address'
import { type LiveTable, openTable } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipAddresses } from '../support/shown.ts'

const silence = suite('what the kernel changes in silence')

let netns = ''
let count = 0
const ip = (...lines: readonly string[]): void => {
  for (const line of lines) execFileSync('ip', ['-n', netns, ...line.split(' ')])
}

/** A setting of IPv6 on the link. */
function set(name: string, value: number): void {
  execFileSync('ip', ['netns', 'exec', netns, 'sh', '-c', `echo ${value} > /proc/sys/net/ipv6/conf/v0/${name}`])
}

/** What a table and `ip` say, until both say the same or the time is over. */
async function compared(table: LiveTable<Address>, patience = 10_000): Promise<[held: string[], shown: string[]]> {
  for (const end = performance.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    await table.waitForSync()
    const held = [...table].map(asIpShows).sort()
    const shown = ipAddresses(netns).sort()
    if (held.join() === shown.join() || performance.now() > end) return [held, shown]
  }
}

silence.before.each(() => {
  netns = `silence${++count}`
  execFileSync('ip', ['netns', 'add', netns])
  ip('link set lo up', 'link add v0 type veth peer name p0', 'link set p0 addrgenmode none', 'link set p0 up')
})
silence.after.each(() => {
  execFileSync('ip', ['netns', 'delete', netns])
})

silence('the address of a link that comes up is there before its message', async () => {
  // For a minute the kernel asks whether others have the address.
  set('dad_transmits', 60)
  await using table = await AddressTable.open({ netns })
  await using deaf = await openTable({ ...addressDefinition, triggers: [] }, { netns })
  ip('link set v0 up')
  await deaf.waitForSync()
  // The message comes when nobody has answered.
  assert.not.ok([...deaf].some(({ address }) => address?.startsWith('fe80:')))
  const [held, shown] = await compared(table)
  assert.equal(held, shown)
  assert.ok(held.some((line) => line.includes('fe80:') && line.includes('tentative')))
})

silence('addresses that a link keeps while it is down become tentative', async () => {
  set('keep_addr_on_down', 1)
  ip('link set v0 addrgenmode none', 'link set v0 up', 'addr add fd00::1/64 dev v0')
  await using table = await AddressTable.open({ netns })
  const isTentative = (): boolean => ipAddresses(netns).some((line) => line.includes('tentative'))
  while (isTentative()) await new Promise((resolve) => setTimeout(resolve, 50))
  await using deaf = await openTable({ ...addressDefinition, triggers: [] }, { netns })
  ip('link set v0 down')
  const [held, shown] = await compared(table)
  assert.equal(held, shown)
  assert.ok(held.some((line) => line.includes('tentative')))
  const [unheard] = await compared(deaf, 500)
  assert.not.equal(unheard, shown, 'without triggers')
})

silence.run()
