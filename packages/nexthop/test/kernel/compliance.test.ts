// timeout: 120
// runtimes: node deno
import { compliance, json } from '@rtnl/compliance'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import { suite } from 'uvu'

interface IpNexthop {
  readonly id: number
  readonly gateway?: string
  readonly group?: readonly { id: number; weight?: number }[]
}

const ids = Array.from({ length: 1000 }, (_, index) => index + 100)

const tests = suite('compliance of nexthops')
compliance<Nexthop>(tests, {
  definition: nexthopDefinition,
  setup: [
    'ip link set lo up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 up',
    'ip link set p0 up',
    'ip addr add 10.0.0.1/24 dev v0',
  ],
  add: [
    'ip nexthop add id 1 via 10.0.0.2 dev v0',
    'ip nexthop add id 2 via 10.0.0.3 dev v0',
    'ip nexthop add id 9 group 1/2',
  ],
  change: ['ip nexthop replace id 1 via 10.0.0.4 dev v0', 'ip nexthop replace id 9 group 1,2/2,7'],
  remove: ['ip nexthop del id 9', 'ip nexthop del id 2', 'ip nexthop del id 1'],
  flood: ids.flatMap((id) => [
    `ip nexthop add id ${id} blackhole`,
    ...(id % 2 === 0 ? [`ip nexthop del id ${id}`] : []),
  ]),
  silent: {
    before: ['ip nexthop add id 1 via 10.0.0.2 dev v0', 'ip nexthop add id 2 via 192.0.2.1 fdb'],
    lines: ['ip link set v0 down'],
  },
  identity: ({ id, gateway, group }) => identity(id, gateway, group),
  truth: (netns) => json<IpNexthop>(netns, 'ip nexthop').map(({ id, gateway, group }) => identity(id, gateway, group)),
})
tests.run()

function identity(id: number | undefined, gateway: string | undefined, group: IpNexthop['group'] = []): string {
  return `${id} ${gateway ?? ''} ${group.map((member) => `${member.id},${member.weight ?? 1}`).join('/')}`
}
