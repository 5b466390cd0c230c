// timeout: 120
import { compliance, json } from '@rtnl/compliance'
import { type Link, linkDefinition } from '@rtnl/link'
import { suite } from 'uvu'

interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly mtu: number
  readonly address: string
}

const pairs = Array.from({ length: 60 }, (_, index) => index)

const tests = suite('compliance of links')
compliance<Link>(tests, {
  definition: linkDefinition,
  setup: ['ip link set lo up'],
  add: ['ip link add br1 type bridge', 'ip link add br2 type bridge'],
  change: ['ip link set br1 mtu 1400', 'ip link set br2 address 02:00:00:00:00:02'],
  remove: ['ip link del br1', 'ip link del br2'],
  flood: pairs.flatMap((index) => [
    `ip link add f${index} type bridge`,
    `ip link set f${index} mtu ${1300 + index}`,
    ...(index % 2 === 0 ? [`ip link del f${index}`] : []),
  ]),
  // The first end of a pair is told of before there is a second one.
  silent: { before: [], lines: ['ip link add v1 type veth peer name p1'] },
  identity: ({ ifindex, ifname, mtu, address, link }) => `${ifindex} ${ifname} ${mtu} ${address} ${link ?? ''}`,
  truth: (netns) =>
    json<IpLink & { link?: string; link_index?: number }>(netns, 'ip link').map(
      ({ ifindex, ifname, mtu, address, link, link_index }, _, all) =>
        `${ifindex} ${ifname} ${mtu} ${address} ${link_index ?? all.find((other) => other.ifname === link)?.ifindex ?? ''}`,
    ),
})
tests.run()
