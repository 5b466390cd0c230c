import { Evpn, type EvpnOptions } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, play } from '../support/netns.ts'

/** What OVN's tests of EVPN do and expect (tests/system-ovn.at), with its port of remotes. */
const parity = suite('parity with OVN')

const scene = [
  'ip link set lo up',
  'ip link add B type bridge',
  'ip link add D type vxlan id 10 dstport 60010 nolearning',
  'ip link set D master B',
  'ip link set D up',
  'ip link set B up',
]

const zero = '00:00:00:00:00:00'
const host = (last: number): string => `f0:00:0f:16:10:${last}`

async function opened(
  netns: string,
  test: (evpn: Evpn, step: (...lines: string[]) => Promise<void>) => Promise<void>,
  options: EvpnOptions = {},
): Promise<void> {
  await using evpn = await Evpn.open({ netns, defaultPort: 4789, ...options })
  await test(evpn, async (...lines) => {
    play(netns, ...lines)
    await evpn.waitForSync()
  })
}

function vteps(evpn: Evpn): string[] {
  return [...evpn.vteps].map(({ id, ip, port, vni }) => `${id.toString(16)} ${ip} ${port} ${vni}`).sort()
}

/** Addresses with their paths: `MAC IP`, of a group with weights `MAC IP,100 IP,200`. */
function fdb(evpn: Evpn): string[] {
  return [...evpn.fdb]
    .map(({ mac, kind, paths }) =>
      [mac, ...paths.map(({ remote, weight }) => (kind === 'single' ? remote.ip : `${remote.ip},${weight}`))].join(' '),
    )
    .sort()
}

function floods(evpn: Evpn): string[] {
  return [...evpn.floods].map(({ kind, remote, nhId }) => `${kind} ${remote?.ip ?? nhId}`).sort()
}

for (const [family, ip, local] of [
  ['IPv4', (last: number) => `169.0.0.${last}`, '169.0.0.1'],
  ['IPv6', (last: number) => `169::${last}`, '169::1'],
] as const) {
  parity(`${family}: endpoints, addresses, groups`, () =>
    inNetns(
      scene.map((line) => line.replace('60010', `60010 local ${local}`)),
      (netns) =>
        opened(netns, async (evpn, step) => {
          await step(`bridge fdb append ${zero} dev D dst ${ip(10)} static permanent`)
          assert.equal(vteps(evpn), [`80000001 ${ip(10)} 4789 10`])
          assert.equal(floods(evpn), [`vtep ${ip(10)}`])
          await step(
            `bridge fdb append ${zero} dev D dst ${ip(20)} static permanent`,
            `bridge fdb append 00:00:00:00:00:01 dev D dst ${ip(30)} extern_learn`,
          )
          const three = [10, 20, 30].map((last, place) => `8000000${place + 1} ${ip(last)} 4789 10`)
          assert.equal(vteps(evpn), three)
          assert.equal(floods(evpn), [`vtep ${ip(10)}`, `vtep ${ip(20)}`])
          assert.equal(fdb(evpn), [`00:00:00:00:00:01 ${ip(30)}`])
          for (const [mac, last] of [
            [50, 10],
            [60, 20],
            [70, 30],
          ] as const) {
            await step(`bridge fdb add ${host(mac)} dev D dst ${ip(last)} static extern_learn`)
          }
          const four = [
            `00:00:00:00:00:01 ${ip(30)}`,
            `${host(50)} ${ip(10)}`,
            `${host(60)} ${ip(20)}`,
            `${host(70)} ${ip(30)}`,
          ]
          assert.equal(fdb(evpn), four)
          await evpn.resync()
          assert.equal([vteps(evpn), fdb(evpn)], [three, four])
          await step(
            `ip nexthop add id 1 via ${ip(10)} fdb`,
            `ip nexthop add id 2 via ${ip(20)} fdb`,
            'ip nexthop add id 10 group 1,100/2,200 fdb',
            `bridge fdb add ${host(90)} dev D nhid 10 extern_learn`,
          )
          assert.equal(fdb(evpn).at(-1), `${host(90)} ${ip(10)},100 ${ip(20)},200`)
          await step('ip nexthop replace id 10 group 1,100 fdb')
          assert.equal(fdb(evpn).at(-1), `${host(90)} ${ip(10)},100`)
          await step(`bridge fdb del ${host(90)} dev D nhid 10`)
          assert.equal(fdb(evpn), four)
          assert.equal(vteps(evpn), three)
          // An endpoint that goes gives its identifier back.
          await step(`bridge fdb del ${zero} dev D dst ${ip(20)}`, `bridge fdb del ${host(60)} dev D dst ${ip(20)}`)
          await step(`bridge fdb append ${zero} dev D dst ${ip(40)} static permanent`)
          assert.equal(vteps(evpn), [three[0], `80000002 ${ip(40)} 4789 10`, three[2]])
        }),
    ),
  )
}

parity('dual stack: two vxlans of one VNI are one segment', () =>
  inNetns(
    [
      ...scene.map((line) => line.replace('60010', '60010 local 169.0.0.1')),
      'ip link add D6 type vxlan id 10 dstport 60010 local 169::1 nolearning',
      'ip link set D6 master B',
    ],
    (netns) =>
      opened(netns, async (evpn, step) => {
        await step(
          ...[10, 20].map((last) => `bridge fdb append ${zero} dev D dst 169.0.0.${last} static permanent`),
          'bridge fdb append 00:00:00:00:00:01 dev D dst 169.0.0.30 extern_learn',
          ...[10, 20].map((last) => `bridge fdb append ${zero} dev D6 dst 169::${last} static permanent`),
        )
        assert.is(evpn.vteps.size, 5)
        const devices = [ifindex(netns, 'D'), ifindex(netns, 'D6')]
        assert.equal(evpn.vnis.get({ vni: 10 }), {
          vni: 10,
          devices,
          bridge: ifindex(netns, 'B'),
          svi: ifindex(netns, 'B'),
          local: ['169.0.0.1', '169::1'],
          ports: [60010],
        })
      }),
  ),
)

parity('bindings of both families come and go', () =>
  inNetns(scene, (netns) =>
    opened(netns, async (evpn, step) => {
      const bindings = [50, 60, 70].flatMap(
        (last) =>
          [
            [`172.16.1.${last}`, last],
            [`172:16::${last}`, last],
          ] as const,
      )
      const arps = (): string[] => [...evpn.arps].map(({ vni, ip, mac, role }) => `${vni} ${ip} ${mac} ${role}`).sort()
      const expected = bindings.map(([ip, last]) => `10 ${ip} ${host(last)} host`).sort()
      const added = bindings.map(([ip, last]) => `ip neigh add dev B ${ip} lladdr ${host(last)} nud noarp extern_learn`)
      await step(...added)
      assert.equal(arps(), expected)
      await step(...bindings.map(([ip]) => `ip neigh del dev B ${ip}`))
      assert.equal(arps(), [])
      await step(...added)
      assert.equal(arps(), expected)
      // Without `nud noarp` it is permanent, and none.
      await step('ip neigh add dev B 172.16.1.80 lladdr f0:00:0f:16:10:80 extern_learn')
      assert.equal(arps(), expected)
    }),
  ),
)

parity('ports: what an entry has, else what is chosen, else that of the vxlan', () =>
  inNetns(scene, async (netns) => {
    play(
      netns,
      `bridge fdb append ${zero} dev D dst 169.0.0.10 port 4790 static permanent`,
      `bridge fdb append ${zero} dev D dst 169.0.0.20 static permanent`,
      'ip link add E type vxlan id 11 dstport 4789 nolearning',
      `bridge fdb append ${zero} dev E dst 169.0.0.30 port 4789 static permanent`,
    )
    const ports = (evpn: Evpn): string[] => [...evpn.vteps].map(({ ip, port }) => `${ip} ${port}`).sort()
    await opened(netns, async (evpn) =>
      assert.equal(ports(evpn), ['169.0.0.10 4790', '169.0.0.20 4789', '169.0.0.30 4789']),
    )
    const options: EvpnOptions = { defaultPort: 'device' }
    await opened(
      netns,
      async (evpn) => assert.equal(ports(evpn), ['169.0.0.10 4790', '169.0.0.20 60010', '169.0.0.30 4789']),
      options,
    )
  }),
)

parity('members of a group are endpoints, or only what other entries name', () =>
  inNetns(
    [
      ...scene,
      'ip nexthop add id 1 via 169.0.0.10 fdb',
      'ip nexthop add id 2 via 169.0.0.20 fdb',
      'ip nexthop add id 10 group 1/2 fdb',
      `bridge fdb add ${host(90)} dev D nhid 10 extern_learn`,
      `bridge fdb append ${zero} dev D dst 169.0.0.10 static permanent`,
    ],
    async (netns) => {
      await opened(netns, async (evpn) => assert.equal(fdb(evpn), [`${host(90)} 169.0.0.10,1 169.0.0.20,1`]))
      await opened(
        netns,
        async (evpn, step) => {
          assert.equal(fdb(evpn), [`${host(90)} 169.0.0.10,1`])
          assert.equal(evpn.groups.get({ vni: 10, nhId: 10 })?.failures, [{ member: 2, reason: 'no-endpoint' }])
          await step(`bridge fdb append ${zero} dev D dst 169.0.0.20 static permanent`)
          assert.equal(fdb(evpn), [`${host(90)} 169.0.0.10,1 169.0.0.20,1`])
        },
        { members: false },
      )
    },
  ),
)

parity('a vxlan of many VNIs: entries by their VNI, whatever goes on the wire', () =>
  inNetns(['ip link add vx type vxlan external dstport 4789 nolearning', 'ip link set vx up'], (netns) =>
    opened(netns, async (evpn, step) => {
      await step(
        'bridge fdb add 02:00:00:00:00:01 dev vx dst 192.0.2.1 src_vni 10 extern_learn',
        'bridge fdb add 02:00:00:00:00:01 dev vx dst 192.0.2.2 src_vni 20 vni 777 extern_learn',
        'bridge fdb add 02:00:00:00:00:02 dev vx dst 192.0.2.3 vni 10 extern_learn',
      )
      assert.equal([...evpn.vnis].map(({ vni }) => vni).sort(), [10, 20])
      assert.equal([...evpn.vteps].map(({ vni, ip, encapVni }) => `${vni} ${ip} ${encapVni}`).sort(), [
        '10 192.0.2.1 10',
        '20 192.0.2.2 777',
      ])
      assert.equal(
        [...evpn.unresolved].map(({ mac, reason }) => `${mac} ${reason}`),
        ['02:00:00:00:00:02 no-vni'],
      )
    }),
  ),
)

parity.run()
