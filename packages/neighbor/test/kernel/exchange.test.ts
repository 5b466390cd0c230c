import { type ExchangeSegment, formatNeighbor, type Neighbor, NeighborExchange, syncNeighbors } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScene } from '../support/bridge-scene.ts'
import { batch, play, send, show, state, until, within } from '../support/netns.ts'

const exchange = suite('exchange of neighbours')

interface IpNeighbor {
  readonly dst: string
  readonly lladdr?: string
  readonly state: readonly string[]
  readonly extern_learn?: null
}

/** The static neighbours of an interface, as `ip` shows them: `10.10.10.10 00:00:00:00:10:00`. */
function announced(netns: string, name = 'br0'): string[] {
  return show<IpNeighbor>('ip', netns, `neigh show dev ${name} nud noarp`)
    .filter((entry) => !('extern_learn' in entry) && !/^(22[4-9]|23|ff|255)/.test(entry.dst))
    .map(({ dst, lladdr }) => `${dst} ${lladdr}`)
    .sort()
}

interface BridgeEntry {
  readonly mac: string
  readonly ifname: string
  readonly vlan?: number
  readonly dst?: string
  readonly flags: readonly string[]
  readonly state: string
}

/**
 * The static forwarding entries of an interface, as `bridge` shows them: `00:00:00:00:10:00 vlan 10`. Where bridges have
 * VLANs, the kernel puts an entry in no VLAN into the default VLAN too, and removes both.
 */
function addresses(netns: string, name = 'port0'): string[] {
  const texts = show<BridgeEntry>('bridge', netns, `fdb show dev ${name}`)
    .filter(({ state, flags }) => state === 'static' && !flags.includes('extern_learn'))
    .map(({ mac, vlan = 1 }) => (vlan === 1 ? mac : `${mac} vlan ${vlan}`))
  return [...new Set(texts)].sort()
}

function lines(learned: readonly Neighbor[]): string[] {
  return learned.map((entry) => `Neighbor ${formatNeighbor(entry)}`).sort()
}

const families = [
  { name: 'inet', one: '10.10.10.10', two: '10.10.10.11', three: '10.10.10.12' },
  { name: 'inet6', one: '10::10', two: '10::11', three: '10::12' },
]

for (const { name, one, two, three } of families) {
  exchange(`sync, ${name}: learns what was injected, puts back what was removed, removes look-alikes`, () =>
    inScene(async (netns, { br }) => {
      const wanted = [
        { dst: one, lladdr: '00:00:00:00:10:00' },
        { dst: two, lladdr: '00:00:00:00:11:00' },
      ]
      const expected = [`${one} 00:00:00:00:10:00`, `${two} 00:00:00:00:11:00`]
      const sync = async (entries: Partial<Neighbor>[]): Promise<{ changes: number; told: string[] }> => {
        const { outcome, learned } = await syncNeighbors(entries, { netns, ifindex: br })
        assert.equal(outcome.failed, [])
        return { changes: outcome.changes, told: lines(learned) }
      }
      assert.equal(await sync(wanted), { changes: 2, told: [] })
      assert.equal(announced(netns), expected)
      assert.equal(await sync(wanted), { changes: 0, told: [] })
      await play(netns, [
        `neigh del ${one} dev br0`,
        `neigh add ${three} lladdr 00:00:00:00:12:00 dev br0 nud noarp`,
        `neigh add ${three}0 lladdr 00:00:00:00:13:00 dev br0 nud noarp extern_learn`,
      ])
      const told = [`Neighbor ifindex=${br} vlan=0 eth=00:00:00:00:13:00 dst=${three}0 port=0 nh_id=0`]
      assert.equal(await sync(wanted), { changes: 2, told })
      assert.equal(announced(netns), expected)
      // A new hardware address is one change, and is there at once.
      assert.equal(await sync([{ dst: one, lladdr: '00:00:00:00:20:00' }, ...wanted.slice(1)]), { changes: 1, told })
      assert.equal(announced(netns), [`${one} 00:00:00:00:20:00`, expected[1]])
      await sync([])
      assert.equal(announced(netns), [])
    }),
  )
}

exchange('sync, inet: neighbours that the kernel makes for multicast stay', () =>
  inScene(async (netns, { br }) => {
    within(
      netns,
      'bash -c "echo > /dev/udp/255.255.255.255/9" 2>/dev/null; ip route add 224.0.0.0/4 dev br0; bash -c "echo > /dev/udp/239.1.2.3/9"',
    )
    const multicast = (): string[] =>
      show<IpNeighbor>('ip', netns, 'neigh show dev br0 nud noarp')
        .map(({ dst }) => dst)
        .sort()
    const before = multicast()
    assert.ok(before.includes('239.1.2.3'))
    const { outcome, learned } = await syncNeighbors([], { netns, ifindex: br })
    assert.is(outcome.changes, 0)
    assert.equal(learned, [])
    assert.ok(multicast().includes('239.1.2.3'))
  }),
)

exchange('sync, bridge: learns what was injected, puts back what was removed', () =>
  inScene(async (netns, { port, br }) => {
    const wanted = [{ lladdr: '00:00:00:00:10:00' }, { lladdr: '00:00:00:00:11:00' }]
    const sync = async (): Promise<{ changes: number; told: string[] }> => {
      const { outcome, learned } = await syncNeighbors(wanted, { netns, ifindex: port, family: AddressFamily.BRIDGE })
      assert.equal(outcome.failed, [])
      const told = lines(learned).filter((line) => !line.includes('eth=00:00:00:00:00:0'))
      return { changes: outcome.changes, told }
    }
    assert.equal(await sync(), { changes: 2, told: [] })
    assert.equal(addresses(netns), ['00:00:00:00:10:00', '00:00:00:00:11:00'])
    assert.equal(await sync(), { changes: 0, told: [] })
    await play(netns, [
      'fdb del 00:00:00:00:10:00 dev port0 master',
      'fdb add 00:00:00:00:12:00 dev port0 master static',
      'fdb add 00:00:00:00:13:00 dev port0 master static extern_learn',
      'fdb add 00:00:00:00:14:00 dev vx0 master static',
    ])
    const told = [`Neighbor ifindex=${port} vlan=0 eth=00:00:00:00:13:00 dst=:: port=0 nh_id=0`]
    assert.equal(await sync(), { changes: 2, told })
    assert.equal(addresses(netns), ['00:00:00:00:10:00', '00:00:00:00:11:00'])
    assert.equal(addresses(netns, 'vx0'), ['00:00:00:00:14:00'], 'another port is none of ours')
    assert.ok(br > 0)
  }),
)

exchange('runs: tells what the speaker made known, and announces', () =>
  inScene(async (netns, { vx }) => {
    await play(netns, [
      'fdb append 00:00:00:00:00:00 dev vx0 dst 42.42.42.3 self permanent',
      'fdb append 00:00:00:00:00:00 dev vx0 dst 42.42.42.4 port 4790 self permanent',
      'fdb add 00:00:00:00:30:00 dev vx0 dst 42.42.42.3 self static extern_learn',
      // So FRR installs addresses that do not move and those of remote default gateways: without extern_learn.
      'fdb add 00:00:00:00:31:00 dev vx0 dst 42.42.42.5 self sticky static',
      // What a vxlan has learned by itself.
      'fdb add 00:00:00:00:32:00 dev vx0 dst 42.42.42.6 self dynamic',
      'neigh add 10.10.10.30 lladdr 00:00:00:00:30:00 dev br0 nud noarp extern_learn',
      'neigh add 10::30 lladdr 00:00:00:00:30:00 dev br0 nud noarp extern_learn',
    ])
    const before = show<BridgeEntry>('bridge', netns, 'fdb show dev vx0')
    await using running = await NeighborExchange.open({ netns })
    const segment: ExchangeSegment = {
      vni: 42,
      vxlans: ['vx0', 'vx9'],
      bridge: 'br0',
      loopback: 'port0',
      lladdrs: ['00:00:00:00:40:00'],
      bindings: [
        { dst: '10.10.10.41', lladdr: '00:00:00:00:41:00' },
        { dst: '10::41', lladdr: '00:00:00:00:41:00' },
      ],
    }
    const { vteps, fdb, arps, missing, skipped, failed, error } = await running.run([
      segment,
      { vni: 42, vxlans: ['vx0'] },
      { vni: 0x1000000, vxlans: [] },
    ])
    assert.is(error, undefined)
    assert.equal(failed, [])
    assert.equal(missing, ['vx9'])
    assert.equal(
      skipped.map(({ vni }) => vni),
      [42, 0x1000000],
    )
    assert.equal(vteps.map(({ dst, port, vni }) => `${dst} ${port} ${vni}`).sort(), [
      '42.42.42.3 4789 42',
      '42.42.42.4 4790 42',
      '42.42.42.5 4789 42',
    ])
    assert.equal(fdb.map(({ lladdr, vni, dst, nhId }) => [lladdr, vni, dst, nhId]).sort(), [
      ['00:00:00:00:30:00', 42, '42.42.42.3', undefined],
      ['00:00:00:00:31:00', 42, '42.42.42.5', undefined],
    ])
    assert.equal(arps.map(({ dst, vni }) => `${dst} ${vni}`).sort(), ['10.10.10.30 42', '10::30 42'])
    assert.equal(announced(netns), ['10.10.10.41 00:00:00:00:41:00', '10::41 00:00:00:00:41:00'])
    assert.equal(addresses(netns), ['00:00:00:00:40:00', '00:00:00:00:41:00'])
    assert.equal(show<BridgeEntry>('bridge', netns, 'fdb show dev vx0'), before)
    assert.ok(vx > 0)
    // What happened since is in the next run, also on an interface that was missing.
    await play(netns, [
      'link add vx9 type vxlan id 43 dstport 4790 local 42.42.42.2 nolearning',
      'fdb append 00:00:00:00:00:00 dev vx9 dst 42.42.42.9 self permanent',
      'fdb del 00:00:00:00:30:00 dev vx0 dst 42.42.42.3 self',
      'neigh del 10.10.10.41 dev br0',
      'fdb del 00:00:00:00:40:00 dev port0 master',
    ])
    const next = await running.run([segment])
    assert.equal(next.missing, [])
    assert.equal(
      next.fdb.map(({ lladdr }) => lladdr),
      ['00:00:00:00:31:00'],
    )
    assert.ok(next.vteps.some(({ dst }) => dst === '42.42.42.9'))
    assert.is(announced(netns).length, 2)
    assert.is(addresses(netns).length, 2)
  }),
)

exchange('cleans up interfaces that no segment names any more, and all when it is removed', () =>
  inScene(async (netns) => {
    await play(netns, ['neigh add 10.10.10.99 lladdr 00:00:00:00:99:00 dev br0 nud permanent'])
    const binding = { dst: '10.10.10.41', lladdr: '00:00:00:00:41:00' }
    const segment: ExchangeSegment = { vni: 42, vxlans: [], bridge: 'br0', loopback: 'port0', bindings: [binding] }
    const running = await NeighborExchange.open({ netns })
    await running.run([segment])
    assert.is(addresses(netns).length, 1)
    await running.run([{ ...segment, loopback: undefined }])
    assert.equal(addresses(netns), [])
    assert.is(announced(netns).length, 1)
    await running.run([segment])
    assert.is(addresses(netns).length, 1)
    assert.equal(await running.remove(), [])
    assert.equal([...addresses(netns), ...announced(netns)], [])
    assert.is(show('ip', netns, 'neigh show dev br0 nud permanent').length, 1, 'those of others stay')
    {
      using closed = await NeighborExchange.open({ netns })
      await closed.run([segment])
      closed.close()
    }
    assert.is(announced(netns).length, 1)
  }),
)

exchange('an address that moved away is where the speaker has learned it, until it is here again', () =>
  inScene(async (netns) => {
    const lladdr = '02:00:00:00:00:41'
    const dst = '10.10.10.41'
    const away = {
      address: `fdb replace ${lladdr} dev vx0 master dynamic extern_learn`,
      neighbor: `neigh replace ${dst} lladdr 02:00:00:00:00:66 dev br0 nud noarp extern_learn`,
    }
    const segment: ExchangeSegment = {
      vni: 42,
      vxlans: ['vx0'],
      bridge: 'br0',
      loopback: 'port0',
      bindings: [{ dst, lladdr }],
    }
    const places = (): string[] => [
      ...show<BridgeEntry>('bridge', netns, 'fdb show br br0')
        // With VLAN filtering the kernel has each for VLAN 1 too.
        .filter(({ mac, flags, vlan }) => mac === lladdr && vlan === undefined && !flags.includes('self'))
        .map(({ ifname, state, flags }) => `${ifname} ${flags.includes('extern_learn') ? 'extern_learn' : state}`),
      ...show<IpNeighbor>('ip', netns, `neigh show ${dst} dev br0 nud all`).map(({ lladdr: at }) => at ?? ''),
    ]
    const [here, there] = [
      ['port0 static', lladdr],
      ['vx0 extern_learn', '02:00:00:00:00:66'],
    ]
    await play(netns, [state('br0', 'UP')])
    await using running = await NeighborExchange.open({ netns })
    const run = async (what: ExchangeSegment = segment): Promise<void> => {
      const { error } = await running.run([what])
      assert.is(error, undefined)
    }
    await run()
    assert.equal(places(), here)
    for (let times = 0; times < 3; times++) {
      await play(netns, [away.address, away.neighbor])
      // A run heals what is to be healed.
      for (let runs = 0; runs < 3; runs++) await run()
      assert.equal(places(), there)
      await play(netns, [`fdb del ${lladdr} dev vx0 master`, `neigh del ${dst} dev br0`])
      await until('the speaker has taken it away', () => places().join() === here.join())
    }
    // The bridge sees the address behind its port.
    await play(netns, [away.address])
    await run()
    assert.is(places()[0], 'vx0 extern_learn')
    await play(netns, [
      `link set far0 address ${lladdr} addrgenmode none`,
      'link set far0 up',
      'addr add 10.10.20.1/24 dev far0',
      state('far0', 'UP'),
    ])
    send(netns, '10.10.20.9')
    await until('the bridge has seen it', () => places().join() === here.join())
    // The kernel would ask for the other address for seconds, and each time the bridge would see the first one again.
    await play(netns, ['neigh del 10.10.20.9 dev far0'])
    // The address is announced again.
    await play(netns, [away.address, away.neighbor])
    await run({ ...segment, bindings: [] })
    assert.equal(places(), there)
    await run()
    assert.equal(places(), here)
    // Later again what is learned wins.
    await play(netns, [away.address, away.neighbor])
    await run()
    assert.equal(places(), there)
  }),
)

exchange('goes on when an interface is deleted', () =>
  inScene(async (netns) => {
    const binding = { dst: '10.10.10.41', lladdr: '00:00:00:00:41:00' }
    const segment: ExchangeSegment = { vni: 42, vxlans: ['vx0'], bridge: 'br0', loopback: 'port0', bindings: [binding] }
    await play(netns, [state('br0', 'UP')])
    await using running = await NeighborExchange.open({ netns })
    await running.run([segment])
    // Without ports the bridge loses its carrier, and its neighbours with it.
    await play(netns, ['link del port0', 'link del vx0', state('br0', 'DOWN')])
    const { missing, error } = await running.run([segment])
    assert.is(error, undefined)
    assert.equal([...missing].sort(), ['port0', 'vx0'])
    assert.is(announced(netns).length, 1)
  }),
)

exchange('segments that share a vxlan of many VNIs learn each its own', () =>
  inScene(async (netns) => {
    batch('ip', netns, [
      'link add vx1 type vxlan external dstport 4790 local 42.42.42.2 nolearning',
      'link set vx1 master br0',
      'link set vx1 up',
    ])
    batch('bridge', netns, [
      'fdb add 02:00:00:00:00:01 dev vx1 dst 42.42.42.3 src_vni 100 self extern_learn',
      'fdb add 02:00:00:00:00:02 dev vx1 dst 42.42.42.4 src_vni 200 self extern_learn',
      // The remote gives the segment another VNI, which goes on the wire.
      'fdb add 02:00:00:00:00:03 dev vx1 dst 42.42.42.4 src_vni 100 vni 300 self extern_learn',
      // Without a VNI of the segment it is of none, whatever goes on the wire.
      'fdb add 02:00:00:00:00:04 dev vx1 dst 42.42.42.5 vni 200 self extern_learn',
    ])
    await using running = await NeighborExchange.open({ netns })
    const { fdb, vteps, error } = await running.run([100, 200, 300].map((vni) => ({ vni, vxlans: ['vx1'] })))
    assert.is(error, undefined)
    assert.equal(fdb.map(({ vni, lladdr, dst }) => `${vni} ${lladdr} ${dst}`).sort(), [
      '100 02:00:00:00:00:01 42.42.42.3',
      '100 02:00:00:00:00:03 42.42.42.4',
      '200 02:00:00:00:00:02 42.42.42.4',
    ])
    assert.equal(vteps.map(({ vni, dst }) => `${vni} ${dst}`).sort(), [
      '100 42.42.42.3',
      '100 42.42.42.4',
      '200 42.42.42.4',
    ])
  }),
)

exchange.run()
