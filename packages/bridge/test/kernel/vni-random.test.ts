// timeout: 900
import { VniTable } from '@rtnl/bridge'
import { suite } from 'uvu'
import { ip } from '../support/netns.ts'
import { type Choice, randomOperations } from '../support/random.ts'
import { shownVnis, vniText } from '../support/vnis.ts'

const random = suite('VNIs under random operations')

/** Another namespace, for each seed. */
const otherOf = (seed: number): string => `other${seed}`

randomOperations(random, {
  open: (netns) => VniTable.open({ netns }),
  setup(seed) {
    ip(`netns add ${otherOf(seed)}`)
    return ['ip link add u0 type veth peer name u1', 'ip link set u0 up']
  },
  operation: (choice, netns, seed) => operation(choice, netns, otherOf(seed)),
  identity: vniText,
  shown: shownVnis,
  most: 30,
})

function operation({ below, one }: Choice, here: string, other: string): string {
  const vxlan = (): string => one(['vx0', 'vx1', 'vx2'])
  const range = (): string => {
    const first = 1 + below(60)
    return one([`${first}`, `${first}-${first + 1 + below(20)}`, `${1 + below(0xffffff)}`])
  }
  // A multicast group may be one that the kernel cannot leave: then it refuses the change, and makes it in silence.
  const group = (): string => one(['', ' remote 192.0.2.1', ' remote 192.0.2.2', ' remote 2001:db8::1'])
  const made = (name: string): string =>
    `ip link add ${name} type vxlan dstport 479${name.slice(2)} nolearning external vnifilter${one([' dev u0', ''])}`
  return one([
    () => `bridge vni add vni ${range()} dev ${vxlan()}${group()}`,
    () => `bridge vni add vni ${range()} dev ${vxlan()}${group()}`,
    () => `bridge vni add vni ${range()} dev ${vxlan()}`,
    () => `bridge vni delete vni ${range()} dev ${vxlan()}`,
    () => `bridge vni delete vni ${range()} dev ${vxlan()}`,
    () => `ip link set ${vxlan()} ${one(['up', 'down'])}`,
    () => made(vxlan()),
    () => `ip link set ${vxlan()} netns ${other}`,
    () => `from ${other} link set ${vxlan()} netns ${here}`,
    () => (below(3) === 0 ? `ip link del ${vxlan()}` : made(vxlan())),
  ])()
}

random.run()
