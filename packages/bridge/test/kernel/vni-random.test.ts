// timeout: 900
import { VniTable } from '@rtnl/bridge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertExact, Fold, numbers } from '../support/fold.ts'
import { inNetns, tryLines } from '../support/netns.ts'
import { shownVnis, vniText } from '../support/vnis.ts'

const random = suite('VNIs under random operations')

/** Operations of a seed, and how many between two looks at the table. */
const count = 1000
const together = 10

for (const seed of [1, 2, 3]) {
  random(`seed ${seed}`, () =>
    inNetns(
      ['ip link add u0 type veth peer name u1', 'ip link set u0 up', `ip netns add other${seed}`],
      async (netns) => {
        const other = `other${seed}`
        await using table = await VniTable.open({ netns })
        const fold = new Fold(table)
        const draw = numbers(seed)
        let most = 0
        for (let at = 0; at < count; at += together) {
          const lines = Array.from({ length: together }, () => operation(draw, netns, other))
          tryLines(netns, lines)
          await assertExact(table, fold, vniText, () => shownVnis(netns), lines.join('; '))
          most = Math.max(most, table.size)
        }
        assert.ok(most > 30, 'there is something to follow')
        table.close()
        await fold.done
      },
    ),
  )
}

function operation(draw: (limit: number) => number, here: string, other: string): string {
  const one = <Value>(values: readonly Value[]): Value => values[draw(values.length)]!
  const vxlan = (): string => one(['vx0', 'vx1', 'vx2'])
  const range = (): string => {
    const first = 1 + draw(60)
    return one([`${first}`, `${first}-${first + 1 + draw(20)}`, `${1 + draw(0xffffff)}`])
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
    () => (draw(3) === 0 ? `ip link del ${vxlan()}` : made(vxlan())),
  ])()
}

random.run()
