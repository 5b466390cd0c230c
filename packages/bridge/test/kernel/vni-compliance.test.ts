// timeout: 180
import { type Vni, vniDefinition } from '@rtnl/bridge'
import { compliance, ifindex, json } from '@rtnl/compliance'
import { suite } from 'uvu'

interface ShownVnis {
  readonly ifname: string
  readonly vnis: readonly { readonly vni: number; readonly vniEnd?: number; readonly remote?: string }[]
}

const vnis = suite('compliance of VNIs')
compliance<Vni>(vnis, {
  definition: vniDefinition,
  setup: [
    'ip link add vx0 type vxlan dstport 4789 local 10.0.0.1 nolearning external vnifilter',
    'ip link add vx1 type vxlan dstport 4790 local 10.0.0.1 nolearning external vnifilter',
    'ip link set vx0 up',
  ],
  add: ['bridge vni add vni 100 dev vx0', 'bridge vni add vni 200 dev vx1 remote 192.0.2.1'],
  change: ['bridge vni add vni 200 dev vx1 remote 192.0.2.2'],
  remove: ['bridge vni delete vni 100 dev vx0', 'bridge vni delete vni 200 dev vx1'],
  flood: Array.from({ length: 400 }, (_, index) => index * 40 + 1000).flatMap((vni) => [
    `bridge vni add vni ${vni}-${vni + 20} dev vx0`,
    ...(vni % 80 === 0 ? [`bridge vni delete vni ${vni}-${vni + 10} dev vx0`] : []),
  ]),
  silent: {
    before: ['bridge vni add vni 300-310 dev vx0'],
    lines: [`ip link set vx0 netns ${process.pid}`],
  },
  identity: ({ ifindex: index, vni, group }) => `${index} ${vni} ${group ?? ''}`,
  truth: (netns) =>
    json<ShownVnis>(netns, 'bridge vni').flatMap(({ ifname, vnis }) => {
      const index = ifindex(netns, ifname)
      return vnis.flatMap(({ vni, vniEnd = vni, remote }) =>
        Array.from({ length: vniEnd - vni + 1 }, (_, more) => `${index} ${vni + more} ${remote ?? ''}`),
      )
    }),
})
vnis.run()
