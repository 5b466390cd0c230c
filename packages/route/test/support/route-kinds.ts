import { EncapsulationType, Seg6Mode } from '@rtnl/netlink-core'
import { type Route, RouterPreference, RouteType } from '@rtnl/route'

/** Every kind of route that the kernel shows otherwise than it was asked for, and those that it does not. */
export function everyKind(v0: number, v1: number): Partial<Route>[] {
  const hops = [
    { gateway: '10.0.0.2', oif: v0, weight: 3 },
    { gateway: '10.0.1.2', oif: v1, weight: 256 },
  ]
  const hops6 = [
    { gateway: 'fd00:0::2', oif: v0, weight: 3 },
    { gateway: 'fd00:1::2', oif: v1, weight: 256 },
  ]
  const metrics = { mtu: 1400, advmss: 1300, hoplimit: 9, initcwnd: 20, lock: 1 << 2 }
  return [
    { dst: '0.0.0.0/0', gateway: '10.0.0.2', oif: v0 },
    { dst: '20.0.0.0/24', gateway: '10.0.0.2' },
    { dst: '20.0.1.0/24', gateway: '10.0.0.2', oif: v0, priority: 0 },
    { dst: '20.0.1.0/24', gateway: '10.0.1.2', oif: v1, priority: 7 },
    { dst: '20.0.1.0/24', gateway: '10.0.1.2', oif: v1, tos: 16 },
    { dst: '20.0.2.0/24', gateway: '192.0.2.1', oif: v0, flags: 4 },
    { dst: '20.0.3.0/24', oif: v0 },
    { dst: '20.0.4.0/24', oif: v0, scope: 0 },
    { dst: '20.0.5.0/24', via: 'FD00:0:0::2', oif: v0 },
    { dst: '20.0.6.0/24', gateway: 'fd00:0::2' },
    { dst: '20.0.7.0/24', type: RouteType.BLACKHOLE },
    { dst: '20.0.8.0/24', type: RouteType.UNREACHABLE },
    { dst: '20.0.9.0/24', type: RouteType.PROHIBIT },
    { dst: '20.0.10.0/24', type: RouteType.THROW },
    { dst: '20.0.11.1/32', type: RouteType.LOCAL, oif: v0 },
    { dst: '20.0.12.0/24', multipath: hops },
    { dst: '20.0.13.0/24', multipath: [hops[0]!] },
    { dst: '20.0.14.0/24', multipath: [{ oif: v0, weight: 1, flags: 0, via: 'fd00:0::2' }, hops[1]!] },
    { dst: '20.0.15.0/24', gateway: '10.0.0.2', prefsrc: '10.0.1.1' },
    { dst: '20.0.16.0/24', gateway: '10.0.0.2', metrics },
    { dst: '20.0.17.0/24', gateway: '10.0.0.2', metrics: { ccAlgo: 'cubic', features: 1 } },
    { dst: '20.0.18.0/24', gateway: '10.0.0.2', realms: 0x30004 },
    {
      dst: '20.0.19.0/24',
      gateway: '10.0.0.2',
      oif: v0,
      encapType: EncapsulationType.IP,
      encap: { id: 5, dst: '192.0.2.9' },
    },
    { dst: '20.0.20.0/24', nhId: 1 },
    { dst: '20.0.21.0/24', nhId: 3 },
    { dst: '20.0.22.0/24', nhId: 10 },
    { dst: '::/0', gateway: 'fd00:0::2', oif: v0 },
    { dst: 'fd20:0::/64', gateway: 'FD00:0:0:0::2' },
    { dst: 'fd20:1::/64', gateway: 'fd00:0::2', oif: v0, priority: 0 },
    { dst: 'fd20:1::/64', gateway: 'fd00:1::2', oif: v1, priority: 7 },
    { dst: 'fd20:2::/64', oif: v0 },
    { dst: 'fd20:3::/64', gateway: '2001:db8::1', oif: v0, flags: 4 },
    { dst: 'fd20:4::/64', type: RouteType.BLACKHOLE },
    { dst: 'fd20:5::/64', type: RouteType.UNREACHABLE, oif: 1 },
    { dst: 'fd20:6::/64', type: RouteType.PROHIBIT },
    { dst: 'fd20:7::/64', type: RouteType.THROW },
    { dst: 'fd20:8::/64', multipath: hops6 },
    { dst: 'fd20:9::/64', multipath: [hops6[0]!] },
    { dst: 'fd20:a::/64', gateway: 'fd00:0::2', pref: RouterPreference.HIGH },
    { dst: 'fd20:b::/64', gateway: 'fd00:0::2', prefsrc: 'fd00:1::1' },
    { dst: 'fd20:c::/64', gateway: 'fd00:0::2', metrics },
    { dst: 'fd20:d::/64', nhId: 6 },
    { dst: 'fd20:e::/64', nhId: 11 },
    {
      dst: 'fd20:f::/64',
      gateway: 'fd00:0::2',
      oif: v0,
      encapType: EncapsulationType.SEG6,
      encap: { mode: Seg6Mode.ENCAP, segs: ['FD00:1:0::9', 'fd00:1::8'] },
    },
    { dst: 'fd20:10::1/128', type: RouteType.ANYCAST, oif: v0 },
  ] as Partial<Route>[]
}

/** The nexthop objects that they refer to. */
export const nexthops = [
  'nexthop add id 1 via 10.0.0.3 dev v0',
  'nexthop add id 2 via 10.0.1.3 dev v1',
  'nexthop add id 3 blackhole',
  'nexthop add id 6 via fd00:0::3 dev v0',
  'nexthop add id 7 via fd00:1::3 dev v1',
  'nexthop add id 10 group 1,5/2',
  'nexthop add id 11 group 6/7,9',
]
