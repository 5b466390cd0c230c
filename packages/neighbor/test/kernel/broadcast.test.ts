import { NeighborTable, neighborOwner } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import { keep, openReconciliation, reconcile, WaitingError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batch, ifindex, ifindexes, inNetns, ip, play, show, tryCommand, until } from '../support/netns.ts'

const tests = suite('neighbours at broadcast addresses')

const lladdr = '02:00:00:00:aa:01'

interface IpNeighbor {
  readonly dst: string
  readonly lladdr?: string
}

/** Addresses of an interface that have our hardware address, as `ip` shows them. */
function ours(netns: string, dev = 'v0'): string[] {
  return show<IpNeighbor>('ip', netns, `neigh show dev ${dev} nud all`)
    .filter((shown) => shown.lladdr === lladdr)
    .map(({ dst }) => dst)
    .sort()
}

/** What the kernel takes an address for, as `ip route get` prints it: `broadcast`, `local`; nothing for others. */
function typeOf(netns: string, address: string): string | undefined {
  const [route] = show<{ readonly type?: string }>('ip', netns, `route get ${address}`)
  return route?.type
}

/** The same by what the kernel makes of a neighbour that is used there: the routing rules do not matter to it. */
function typeByUse(netns: string, address: string, dev: string): string | undefined {
  batch('ip', netns, [`neigh add ${address} dev ${dev} use`])
  const [made] = show<{ readonly lladdr?: string }>('ip', netns, `neigh show ${address} dev ${dev} nud all`)
  batch('ip', netns, [`neigh del ${address} dev ${dev}`])
  return made?.lladdr === 'ff:ff:ff:ff:ff:ff' ? 'broadcast' : undefined
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
  return undefined
}

/** Writes a neighbour at each address alone: it has to be refused where the kernel takes that for a broadcast address. */
async function assertAsKernel(
  netns: string,
  dev: string,
  addresses: readonly string[],
  type: (address: string) => string | undefined,
): Promise<string[]> {
  const rules = neighborOwner({ ifindex: ifindex(netns, dev) })
  const refused: string[] = []
  for (const dst of addresses) {
    const isBroadcast = type(dst) === 'broadcast'
    const wanted = [
      { dst: '10.0.0.77', lladdr },
      { dst, lladdr },
    ]
    const message = await refusalOf(async () => {
      const { added, failed } = await reconcile(rules, wanted, { netns })
      assert.equal([added, failed], [2, []], dst)
    })
    const text = `[1].dst: ${dst} is a broadcast address, which can have no neighbour`
    assert.is(message, isBroadcast ? text : undefined, dst)
    assert.equal(ours(netns, dev), isBroadcast ? [] : ['10.0.0.77', dst].sort(), dst)
    await reconcile(rules, [], { netns })
    if (isBroadcast) refused.push(dst)
  }
  return refused
}

tests('are refused just where the kernel takes the address for one, of whatever interface and prefix', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'route add default via 10.0.0.254',
      'addr add 10.4.0.1/24 brd + dev v0',
      'addr add 10.5.0.0/31 dev v0',
      'addr add 10.6.0.255/32 dev v0',
      'addr add 10.7.0.1/30 brd 10.7.0.99 dev v0',
      'addr add 10.8.0.1/25 dev v0',
      'addr add 10.8.0.2/24 dev v0',
      'addr add 10.9.0.1 peer 10.9.0.2/32 dev v0',
    ])
    const addresses = [
      ...['10.0.0.255', '10.0.0.0', '10.0.0.1', '10.0.1.255', '10.0.1.1', '10.4.0.255', '10.4.0.127'],
      ...['10.5.0.0', '10.5.0.1', '10.6.0.255', '10.7.0.3', '10.7.0.99', '10.7.0.2', '10.8.0.127', '10.8.0.255'],
      ...['10.9.0.2', '10.9.0.255', '10.99.0.255', 'fd00::1', 'fd00::ffff:ffff:ffff:ffff'],
    ]
    const refused = await assertAsKernel(netns, 'v0', addresses, (address) => typeOf(netns, address))
    assert.ok(refused.length >= 6 && refused.includes('10.0.0.255') && refused.includes('10.0.1.255'), refused.join())
  }),
)

tests('are those of the VRF of the interface, where the kernel has VRFs', () =>
  inNetns(async (netns) => {
    const addresses = ['10.0.0.255', '10.0.1.255', '10.0.1.1', '10.0.2.255']
    const outside = (): Promise<string[]> =>
      assertAsKernel(netns, 'v0', addresses, (address) => typeByUse(netns, address, 'v0'))
    assert.equal(await outside(), ['10.0.0.255', '10.0.1.255', '10.0.2.255'])
    tryCommand('ip', netns, 'link add red type vrf table 100')
    if (!ifindexes(netns).has('red')) return
    await using controller = await keep(
      neighborOwner({ ifindex: ifindex(netns, 'v1') }),
      [{ dst: '10.0.0.255', lladdr: '02:00:00:00:aa:99' }],
      { netns, waits: true },
    )
    assert.is(controller.failed.length, 1)
    await play(netns, ['link set red up', 'link set v1 master red'])
    await until('it is none in the VRF', () => controller.failed.length === 0)
    await controller.remove()
    const inRed = await assertAsKernel(netns, 'v1', addresses, (address) => typeByUse(netns, address, 'v1'))
    assert.equal(inRed, ['10.0.1.255'])
    assert.equal(await outside(), ['10.0.0.255', '10.0.2.255'])
  }),
)

tests('wait while they are kept, are not written, and are right again when the address goes', () =>
  inNetns(async (netns) => {
    const dst = '10.20.0.255'
    const wanted = [
      { dst, lladdr },
      { dst: '10.20.0.5', lladdr },
    ]
    const both = [dst, '10.20.0.5'].sort()
    const causes: string[] = []
    await using controller = await keep(neighborOwner({ ifindex: ifindex(netns, 'v0') }), wanted, {
      netns,
      onWaiting: (now) => causes.push(now.map(({ cause }) => cause).join()),
    })
    assert.equal([ours(netns), controller.failed], [both, []])
    for (const [comes, goes] of [
      ['addr add 10.20.0.1/24 dev v0', 'addr del 10.20.0.1/24 dev v0'],
      // The kernel tells nothing of the routes that go with an interface.
      ['addr add 10.20.0.1/24 dev v1', 'link set v1 down'],
      ['link set v1 up', 'addr del 10.20.0.1/24 dev v1'],
    ] as const) {
      const { requests } = controller
      await play(netns, [comes])
      await until(`it waits after ${comes}`, () => controller.failed.length === 1)
      await controller.idle()
      const [{ entry, error } = {}] = controller.failed
      assert.is(entry?.dst, dst)
      assert.instance(error, WaitingError)
      assert.is(error?.message, `neighbor ${dst}: waits for ${dst} to be no broadcast address any more`)
      // It stays as it is, and whoever changes it is let.
      assert.equal(ours(netns), both)
      await play(netns, [`neigh replace ${dst} lladdr 02:00:00:00:66:66 dev v0 nud noarp`])
      await controller.table.waitForSync()
      await controller.idle()
      assert.equal([ours(netns), controller.requests, controller.failed.length], [['10.20.0.5'], requests, 1])
      await play(netns, [goes])
      await until(`it is kept again after ${goes}`, () => ours(netns).join() === both.join())
      await controller.idle()
      assert.equal(controller.failed, [])
    }
    await until('all was told', () => causes.at(-1) === '')
    assert.ok(causes.includes(`${dst} to be no broadcast address any more`), causes.join('; '))
  }),
)

tests('are refused when they come to be wanted, and can be taken out', () =>
  inNetns(async (netns) => {
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0') })
    const wanted = [{ dst: '10.20.0.255', lladdr }]
    await using controller = await keep(rules, wanted, { netns })
    await play(netns, ['addr add 10.20.0.1/24 dev v0'])
    await until('it waits', () => controller.failed.length === 1)
    const text = (place: number, dst: string): string =>
      `[${place}].dst: ${dst} is a broadcast address, which can have no neighbour`
    const other = { dst: '10.0.0.5', lladdr }
    for (const bad of ['10.0.0.255', '10.20.0.255']) {
      assert.throws(
        () => controller.set(other, { dst: bad, lladdr }),
        (error: Error) => error.message === text(1, bad),
      )
      assert.is(
        await refusalOf(() => controller.assign([other, other.dst === bad ? other : { dst: bad, lladdr }])),
        text(1, bad),
      )
    }
    assert.is(controller.size, 1)
    assert.equal(ours(netns), ['10.20.0.255'])
    assert.is(controller.delete({ dst: '10.20.0.255' }), 1)
    await controller.idle()
    assert.equal([ours(netns), controller.failed], [[], []])
  }),
)

tests('are refused with interfaces by name, and wait from the first where they are to', () =>
  inNetns(async (netns) => {
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0') })
    const wanted = ['10.0.0.5', '10.0.0.6', '10.0.0.255'].map((dst) => ({ dst, lladdr, ifindex: 'v0' }))
    const refusal = await refusalOf(() => reconcile(rules, wanted, { netns }))
    assert.match(refusal ?? 'nothing was thrown', /^\[2\]\.dst: 10\.0\.0\.255 is a broadcast/)
    assert.equal(ours(netns), [])
    await using reconciliation = await openReconciliation(rules, wanted, { netns, waits: true })
    await using controller = await reconciliation.keep()
    assert.equal([ours(netns), controller.failed.length], [['10.0.0.5', '10.0.0.6'], 1])
    await play(netns, ['addr del 10.0.0.1/24 dev v0', 'addr add 10.0.0.1/16 dev v0'])
    await until('it is written', () => ours(netns).includes('10.0.0.255'))
  }),
)

tests('that were learned from elsewhere are held where the kernel takes all addresses for broadcast ones', async () => {
  const netns = 'noaddress'
  ip(`netns add ${netns}`)
  try {
    await play(netns, ['link add br0 type bridge', 'link set br0 up'])
    await using table = await NeighborTable.open({ netns, family: AddressFamily.INET })
    const held = async (): Promise<string[]> => {
      await table.waitForSync()
      return [...table].map(({ dst }) => dst ?? '')
    }
    await play(netns, [`neigh add 10.9.9.9 dev br0 lladdr ${lladdr} nud noarp extern_learn`])
    assert.equal(await held(), ours(netns, 'br0'))
    assert.equal(await held(), ['10.9.9.9'])
    await table.resync()
    assert.equal(await held(), ['10.9.9.9'])
    await play(netns, ['neigh del 10.9.9.9 dev br0'])
    assert.equal(await held(), [])
  } finally {
    ip(`netns del ${netns}`)
  }
})

tests.run()
