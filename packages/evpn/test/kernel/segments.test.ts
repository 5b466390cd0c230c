import { Evpn, type EvpnOptions } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex } from '../support/netns.ts'
import { mac, reasons, scenario, scene, zero } from '../support/scenario.ts'

/** What is followed, and how. */
const segments = suite('segments and options')

scenario(
  segments,
  'segments that cannot be are named, the rest works, and what comes later is picked up',
  scene,
  async (evpn, step, netns) => {
    assert.equal(reasons(evpn), [
      'segment 0 E no-interface',
      'segment 1 B not-vxlan',
      'segment 2 invalid-vni',
      'segment 3 duplicate-vni',
      'segment 4 D vni-not-configured',
    ])
    assert.equal(evpn.vnis.get({ vni: 10 })?.devices, [ifindex(netns, 'D')])
    await step(
      'ip link add E0 type vxlan id 11 dstport 4789 nolearning',
      `bridge fdb append ${zero} dev E0 dst 192.0.2.1 permanent`,
    )
    assert.is(evpn.vteps.size, 0)
    await step('ip link set E0 name E')
    assert.equal(
      [...evpn.vteps].map(({ vni, ip }) => [vni, ip]),
      [[11, '192.0.2.1']],
    )
    // Bindings would be at its bridge, and it has none yet.
    assert.equal(
      reasons(evpn).filter((text) => text.startsWith('segment 0')),
      ['segment 0 E no-bridge'],
    )
    await step('ip link add C type bridge', 'ip link set E master C')
    assert.equal(
      reasons(evpn).filter((text) => text.startsWith('segment 0')),
      [],
    )
    assert.is(evpn.vnis.get({ vni: 11 })?.svi, ifindex(netns, 'C'))
    await step('ip link del C')
    assert.ok(reasons(evpn).includes('segment 0 E no-bridge'))
    await step('ip link del E')
    assert.equal([evpn.vteps.size, evpn.floods.size], [0, 0])
    assert.ok(reasons(evpn).includes('segment 0 E no-interface'))
  },
  {
    segments: [
      { vni: 11, vxlans: ['E'] },
      { vni: 10, vxlans: ['D', 'B'] },
      { vni: 0x1000000, vxlans: [] },
      { vni: 10, vxlans: ['D'] },
      { vni: 12, vxlans: ['D'] },
    ],
  },
)

scenario(segments, 'options that cannot be are refused before anything is opened', [], async () => {
  for (const [options, message] of [
    [{ defaultPort: 0 }, /^defaultPort: 0 is not in 1..65535/],
    [{ segments: [{ vni: 1 }] }, /^segments\[0\]\.vxlans: undefined is not an array/],
    [{ members: 1 }, /^members: 1 is not true or false/],
  ] as const) {
    try {
      await Evpn.open({ netns: 'there is none', ...(options as EvpnOptions) })
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, message)
    }
  }
})

scenario(segments, 'batches of changes, as those of any table', scene, async (evpn, step) => {
  const stream = evpn.fdb.changes()
  const next = async (): Promise<unknown[]> => {
    const { value } = await stream.next()
    return [
      value?.event,
      value?.table,
      value?.changes.map(({ kind, key }: { kind: string; key: string }) => `${kind} ${key}`),
    ]
  }
  assert.equal(await next(), ['synced', 'fdb', []])
  await step(`bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`)
  assert.equal(await next(), ['change', 'fdb', [`added 10 ${mac}`]])
  await step(`bridge fdb del ${mac} dev D self`)
  assert.equal(await next(), ['change', 'fdb', [`removed 10 ${mac}`]])
  evpn.close()
  assert.is((await stream.next()).done, true)
  assert.is(evpn.state, 'closed')
  assert.throws(() => evpn.fdb.changes(), /closed/)
})

segments.run()
