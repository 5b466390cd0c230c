import type { Step } from './player.ts'

/** The same switch with another vxlan, and nothing of the first act. */
export const evpnStage: Step = {
  title: 'Second act, EVPN: the same switch, with a vxlan device for VNI 200',
  meaning: `A speaker such as FRR writes nexthops and forwarding entries. Four collections say what they mean: vteps are the remote
tunnel endpoints, groups the Ethernet segments, fdb the hosts, unresolved what leads nowhere.`,
  commands: [
    'ip nexthop flush',
    'ip link delete vx100',
    'ip link add vx200 type vxlan id 200 local 10.1.0.2 dstport 4789 nolearning',
    'ip link set vx200 master br100 up',
  ],
}

export const evpnSteps: readonly Step[] = [
  {
    title: 'Two Ethernet segments, 10 and 11, with two hosts each',
    meaning:
      'Each segment is a group of the VTEPs that it is attached to. A host names its group, and shares its paths.',
    commands: [
      'ip nexthop add id 1 via 192.0.2.1 fdb',
      'ip nexthop add id 2 via 192.0.2.2 fdb',
      'ip nexthop add id 3 via 192.0.2.3 fdb',
      'ip nexthop add id 10 group 1/2 fdb',
      'ip nexthop add id 11 group 2/3 fdb',
      'bridge fdb add 02:00:00:00:00:0a dev vx200 nhid 10 extern_learn',
      'bridge fdb add 02:00:00:00:00:0b dev vx200 nhid 10 extern_learn',
      'bridge fdb add 02:00:00:00:00:1a dev vx200 nhid 11 extern_learn',
      'bridge fdb add 02:00:00:00:00:1b dev vx200 nhid 11 extern_learn',
    ],
  },
  {
    title: 'VTEP 192.0.2.2 fails: the speaker deletes its nexthop, and nothing else',
    meaning: 'Two groups change, and no host: all four go another way, and so would 100,000.',
    commands: ['ip nexthop delete id 2'],
  },
  {
    title: 'VTEP 192.0.2.2 returns, and gets its old number (id)',
    commands: [
      'ip nexthop add id 2 via 192.0.2.2 fdb',
      'ip nexthop replace id 10 group 1/2 fdb',
      'ip nexthop replace id 11 group 2/3 fdb',
    ],
  },
  {
    title: 'Weights change: VTEP 192.0.2.2 takes three quarters of segment 10',
    commands: ['ip nexthop replace id 10 group 1/2,3 fdb'],
  },
  {
    title: 'A host moves from segment 10 to segment 11',
    meaning: 'That is a change of the host, and of the number of hosts of both groups.',
    commands: ['bridge fdb replace 02:00:00:00:00:0b dev vx200 nhid 11 extern_learn'],
  },
  {
    title: 'A speaker forgets to say where a host is',
    meaning:
      'The kernel takes the entry, and drops what is for the host. It is no host of fdb, and unresolved says why.',
    commands: ['bridge fdb add 02:00:00:00:00:2a dev vx200 dst 0.0.0.0 extern_learn'],
  },
  {
    title: 'Both VTEPs of segment 11 fail',
    meaning: `The kernel removes the group with its last member, and announces that. It removes the hosts too, and does not: they lead
nowhere at once, and are found to be gone ([inferred]) when the table has been read again.`,
    commands: ['ip nexthop delete id 2', 'ip nexthop delete id 3'],
  },
]
