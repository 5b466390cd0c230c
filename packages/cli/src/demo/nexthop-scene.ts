import type { Step } from './player.ts'

/** A leaf switch of an EVPN fabric: a bridge with a VXLAN device, and two uplinks to the fabric. */
export const stage: Step = {
  title: 'First act, nexthops: a leaf switch with two uplinks, and a bridge with a vxlan device for VNI 100',
  commands: [
    'ip link set lo up',
    'ip link add uplink1 type veth peer name spine1',
    'ip link add uplink2 type veth peer name spine2',
    'ip address add 10.1.0.2/24 dev uplink1',
    'ip address add 10.2.0.2/24 dev uplink2',
    'ip link set spine1 up',
    'ip link set spine2 up',
    'ip link set uplink1 up',
    'ip link set uplink2 up',
    'ip link add br100 type bridge',
    'ip link set br100 up',
    'ip link add vx100 type vxlan id 100 local 10.1.0.2 dstport 4789 nolearning',
    'ip link set vx100 master br100 up',
  ],
}

/** Multihoming: each Ethernet segment is a group of the VTEPs behind which it lies. */
export const steps: readonly Step[] = [
  {
    title: 'Two Ethernet segments, each behind two of three VTEPs',
    commands: [
      'ip nexthop add id 1 via 192.0.2.1 fdb',
      'ip nexthop add id 2 via 192.0.2.2 fdb',
      'ip nexthop add id 3 via 192.0.2.3 fdb',
      'ip nexthop add id 10 group 1/2 fdb',
      'ip nexthop add id 11 group 2/3 fdb',
    ],
  },
  {
    title: 'A host on each segment',
    commands: [
      'bridge fdb add 02:00:00:00:00:0a dev vx100 self static nhid 10',
      'bridge fdb add 02:00:00:00:00:0b dev vx100 self static nhid 11',
    ],
  },
  {
    title: 'VTEP 192.0.2.2 fails: nexthop 2 is deleted, and the kernel shrinks both groups',
    commands: ['ip nexthop delete id 2'],
  },
  {
    title: 'VTEP 192.0.2.1 gets another address: the groups stay, and lead elsewhere',
    commands: ['ip nexthop replace id 1 via 192.0.2.9 fdb'],
  },
  {
    title: 'VTEP 192.0.2.2 is back, and takes three quarters of segment 10',
    commands: ['ip nexthop add id 2 via 192.0.2.2 fdb', 'ip nexthop replace id 10 group 1/2,3 fdb'],
  },
  {
    title: 'The way into the fabric: one group over both uplinks',
    commands: [
      'ip nexthop add id 21 via 10.1.0.1 dev uplink1',
      'ip nexthop add id 22 via 10.2.0.1 dev uplink2',
      'ip nexthop add id 20 group 21/22',
    ],
  },
  {
    title: 'Uplink 1 goes down: the kernel announces the link, and removes nexthop 21 silently',
    commands: ['ip link set uplink1 down'],
  },
  {
    title: 'All VTEPs of segment 11 fail: its group goes with the last one, and its host with the group',
    commands: ['ip nexthop delete id 2', 'ip nexthop delete id 3'],
  },
]
