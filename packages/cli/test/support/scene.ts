import { execFileSync } from 'node:child_process'
import { bridgeBatch } from './bridge.ts'
import { ip, ipBatch } from './ip.ts'

const links = [
  'link set lo up',
  // A fresh link-local address would change the tables a second later, when it is known to be unique.
  ...['v0 p0', 'v1 p1'].flatMap((pair) => {
    const [end = '', peer = ''] = pair.split(' ')
    return [
      `link add ${end} type veth peer name ${peer}`,
      ...[end, peer].flatMap((name) => [`link set ${name} addrgenmode none`, `link set ${name} up`]),
    ]
  }),
  'address add 10.0.0.1/24 dev v0',
  'address add 10.1.0.1/24 dev v1',
  'address add fd00::1/64 dev v0 nodad',
  'address add fd01::1/64 dev v1 nodad',
  'link property add dev v0 altname other altname another',
  'link add br0 type bridge',
  'link set br0 addrgenmode none',
  'link set br0 up',
  'link add vx type vxlan id 42 local 10.0.0.1 dev v0 dstport 4789 nolearning',
  'link set vx addrgenmode none',
  'link set vx master br0 up',
  'link add ext type vxlan external dstport 4790',
  'link set ext addrgenmode none',
  'link set ext up',
  'link add mac0 link v0 type macvlan mode bridge',
  'link add x0 type veth peer name y0',
  'link set x0 addrgenmode none',
  'link set x0 master br0 up',
]

const routes = [
  'route add default via 10.0.0.2 dev v0 proto static metric 100',
  'route add 10.5.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 10.1.0.2 dev v1 onlink',
  'route add 10.6.0.0/16 via 10.0.0.2 src 10.0.0.1 mtu lock 1400 advmss 1300 rtt 100 rttvar 1200 window 5 ' +
    'hoplimit 9 initcwnd 10 initrwnd 11 features ecn rto_min 2000 quickack 1 congctl cubic fastopen_no_cookie 1 ' +
    'ssthresh 3 cwnd 4 reordering 6',
  'route add blackhole 10.7.0.0/16 tos 0x10',
  'route add 10.7.0.0/16 via 10.0.0.2 tos 0x28',
  'route add unreachable 10.8.0.1',
  'route add prohibit 10.9.0.0/16 table 100',
  'route add throw 10.10.0.0/16 table 300 realms 5/7',
  'route add 10.11.0.0/16 via inet6 fd00::2 dev v0 realms 9',
  'route add 10.12.0.0/16 nexthop via inet6 fd00::2 dev v0 realms 4 nexthop via 10.1.0.2 encap ip id 5 dst 10.0.0.9',
  'route add 10.14.0.0/16 via 10.0.0.2 table default proto 84',
  'route append 10.14.0.0/16 via 10.0.0.3 table default proto zebra',
  'nexthop add id 1 via 10.0.0.2 dev v0',
  'nexthop add id 6 via fd00::2 dev v0',
  'nexthop add id 10 group 1',
  'route add 10.15.0.0/16 nhid 1',
  'route add 10.16.0.0/16 nhid 10 proto bgp',
  'route add multicast 239.0.0.0/8 dev v0',
  'route add fd05::/64 via fd00::2 expires 100000 pref high',
  'route add fd06::/64 nexthop via fd00::2 nexthop via fd01::2 weight 4',
  'route add unreachable fd07::/64',
  'route add blackhole fd08::/64',
  'route add prohibit fd09::/64 table 77',
  'route add fd0a::/64 from fd00:1::/48 via fd00::2',
  'route add fd0b::/64 nhid 6 mtu 1400',
  'route add fd0c::/64 encap seg6 mode encap segs fd00::9,fd00::8 via fd00::2',
  'route add default via fd00::2 metric 5 pref low',
]

const neighbors = [
  // A neighbour that is reachable would be stale within a minute.
  'ntable change name arp_cache dev v0 base_reachable 1000000000',
  'neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
  'neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev v0 nud reachable extern_learn proto bgp',
  'neigh add 10.0.0.4 lladdr 02:00:00:00:00:04 dev v0 nud noarp',
  'neigh add 10.1.0.5 lladdr 02:00:00:00:00:05 dev v1 nud permanent',
  'neigh add fd00::3 lladdr 02:00:00:00:00:03 dev v0 nud stale router',
  'neigh add fd01::3 lladdr 02:00:00:00:00:03 dev v1 proto static',
]

const forwardings = [
  'fdb add 02:00:00:00:01:01 dev x0 master static',
  'fdb add 02:00:00:00:01:02 dev x0 master dynamic extern_learn',
  'fdb add 02:00:00:00:01:03 dev x0 master static sticky',
  'fdb add 02:00:00:00:01:04 dev vx master static',
  'fdb add 02:00:00:00:01:05 dev vx self dst 10.0.0.2 port 4790 vni 5 via v0',
  'fdb add 02:00:00:00:01:06 dev vx self static nhid 101',
  'fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3',
  'fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.4',
  'fdb add 02:00:00:00:01:07 dev ext self src_vni 7 dst 10.0.0.4 vni 8',
  'fdb add 02:00:00:00:01:08 dev ext self src_vni 7 dst 10.0.0.5 extern_learn router dynamic',
]

/** A namespace that has something of everything which the tables show. */
export function makeScene(netns: string): void {
  ip(`netns add ${netns}`)
  // Otherwise the kernel says of a route with a nexthop object also what it derives from that.
  execFileSync('ip', ['netns', 'exec', netns, 'sysctl', '-qw', 'net.ipv4.nexthop_compat_mode=0'])
  ipBatch(netns, [...links, ...routes, ...neighbors])
  ipBatch(netns, ['nexthop add id 100 via 10.0.0.50 fdb', 'nexthop add id 101 group 100 fdb'])
  bridgeBatch(netns, forwardings)
  // The carrier of its ports is told to the bridge by a worker of the kernel, up to a second later.
  for (let tries = 0; !ip(`-n ${netns} link show br0`).includes(' state UP '); tries++) {
    if (tries === 3000) throw new Error('br0 does not come up')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}
