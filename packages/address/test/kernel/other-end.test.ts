import { execFileSync } from 'node:child_process'
import { type Address, AddressTable, addressOwner } from '@rtnl/address'
import { ifindex, run } from '@rtnl/compliance'
import { reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ipAddresses } from '../support/shown.ts'

const tests = suite('addresses whose other end is of zeros')

async function inNetns(lines: readonly string[], test: (netns: string, index: number) => Promise<void>): Promise<void> {
  const netns = `zeros${process.pid}`
  execFileSync('ip', ['netns', 'add', netns])
  try {
    run(netns, ['ip link add v0 type veth peer name p0', 'ip link set v0 addrgenmode none', ...lines])
    await test(netns, ifindex(netns, 'v0'))
  } finally {
    execFileSync('ip', ['netns', 'del', netns])
  }
}

// The kernel leaves out an other end of zeros: two addresses look the same in what `ip` shows.
const twoLines = ['10.5.0.1 peer 0.0.0.0', '10.5.0.1/32'].map((text) => `ip addr add ${text} dev v0`)

tests('of IPv4: they are others than those without, and each is found by its key', () =>
  inNetns(twoLines, async (netns, index) => {
    await using table = await AddressTable.open({ netns })
    const { keyText } = table.definition
    const two = [...table].filter((entry) => entry.ifindex === index)
    assert.equal(two.map(keyText).sort(), [`${index} 10.5.0.1/32`, `${index} 10.5.0.1/32 peer 0.0.0.0`])
    for (const entry of two) assert.equal(table.get(entry), entry)
    const own = { ifindex: index, local: '10.5.0.1', prefixlen: 32 }
    assert.is(table.get({ ...own, address: '10.5.0.1' })?.address, '10.5.0.1')
    assert.is(table.get({ ...own, address: '0.0.0.0' })?.address, undefined)
    assert.is(table.get({ ...own, address: '0.0.0.0' })?.local, '10.5.0.1')
    assert.is(table.get({ ...own, address: '0.0.0.0', prefixlen: 31 }), undefined)
  }),
)

tests('of IPv4: of two that ip shows alike the one is removed that is not wanted', () =>
  inNetns(twoLines.toReversed(), async (netns, index) => {
    await using table = await AddressTable.open({ netns })
    const rules = addressOwner({ ifindex: index })
    const outcome = await reconcile(rules, [{ address: '10.5.0.1', prefixlen: 32 }], { netns })
    assert.equal([outcome.removed, outcome.unchanged, outcome.failed], [1, 1, []])
    await table.waitForSync()
    assert.equal(
      [...table].filter((entry) => entry.ifindex === index).map(({ address }: Address) => address),
      ['10.5.0.1'],
    )
  }),
)

tests('of IPv6: they are those without', () =>
  inNetns([], async (netns, index) => {
    const rules = addressOwner({ ifindex: index, protocol: 84 })
    const wanted = [{ local: 'fd00::1', address: '::', prefixlen: 64, flags: 'nodad' as const }]
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.failed], [1, []])
    const shown = ipAddresses(netns).filter((text) => text.startsWith(`${index} `))
    assert.is(shown.length, 1)
    assert.match(shown[0]!, '["local","fd00::1"]')
    assert.not.match(shown[0]!, '"address"')
    assert.is((await reconcile(rules, wanted, { netns })).unchanged, 1)
  }),
)

tests.run()
