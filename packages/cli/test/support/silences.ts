import { addressDefinition } from '@rtnl/address'
import { mdbDefinition, vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { linkDefinition } from '@rtnl/link'
import type { ListEdit, TableDefinition, Trigger } from '@rtnl/live-table'
import { defineProxies, fdbDefinition, neighborDefinition } from '@rtnl/neighbor'
import { nexthopDefinition } from '@rtnl/nexthop'
import { routeDefinition } from '@rtnl/route'
import { ruleDefinition } from '@rtnl/rule'
import { broadcastRoutes } from '../../../neighbor/src/reconcile/broadcast-routes.ts'

type Definition = TableDefinition<unknown>

/** Every table that is opened, also where only another one needs it. */
export const definitions = [
  linkDefinition,
  addressDefinition,
  nexthopDefinition,
  routeDefinition,
  neighborDefinition,
  defineProxies(),
  broadcastRoutes,
  fdbDefinition,
  ruleDefinition,
  vlanDefinition,
  vniDefinition,
  mdbDefinition,
] as unknown as readonly Definition[]

/** A rule by which a table reads again what the kernel may have changed in silence. */
export interface Rule {
  /** The table and the reason, as readers are told it; and where a table has two with a reason, what it looks at. */
  readonly name: string
  readonly definition: Definition
  /** The table without the rule. */
  readonly without: Definition
}

function eventOf(trigger: Trigger<unknown>): string {
  if ('depends' in trigger) return trigger.depends.name
  return 'own' in trigger ? 'entry' : 'message'
}

/** All rules of a table: its triggers, and that an edit of a list may leave the result open. */
export function rulesOf(definition: Definition): Rule[] {
  const { name, triggers = [], lists } = definition
  const rules = triggers.map((trigger) => {
    const isOnly = triggers.every((other) => other === trigger || other.reason !== trigger.reason)
    const rest = triggers.filter((other) => other !== trigger)
    return {
      name: `${name}: ${trigger.reason}${isOnly ? '' : ` (${eventOf(trigger)})`}`,
      definition,
      without: { ...definition, triggers: rest },
    }
  })
  if (lists === undefined) return rules
  const isCertain = ({ edit }: ListEdit<unknown>): boolean => edit !== 'invalidate'
  const certain = {
    ...lists,
    apply: (...words: Parameters<typeof lists.apply>) => lists.apply(...words).filter(isCertain),
  }
  return [...rules, { name: `${name}: lists`, definition, without: { ...definition, lists: certain } }]
}

/** A command of `ip` or `bridge`, or a line of a shell in the namespace if it begins with `sh`. `there ...` is the other namespace. */
type Line = string

/** The shortest sequence of commands that shows what a rule is for. */
export interface Silence {
  /** Before the table is opened. */
  readonly before: readonly Line[]
  readonly event: Line
  /** What a kernel may lack, as a command that it refuses then; `make` is run before it. */
  readonly needs?: { readonly make: readonly Line[]; readonly probe: Line }
  /** The event happens after the kernel has read the first dump to the table, and before the table has it. */
  readonly whileRead?: boolean
}

const pair = ['ip link add v0 type veth peer name v1']
const pairUp = [...pair, 'ip link set v1 up', 'ip link set v0 up']
const addressed = [...pairUp, 'ip addr add 10.0.0.1/24 brd + dev v0']
const bridged = ['ip link add br0 type bridge', 'ip link set br0 up', ...pairUp, 'ip link set v0 master br0']
const vxlan = ['ip link add vx0 type vxlan id 9 dstport 4789', 'ip link set vx0 up']
const filtered = [...bridged, 'ip link set br0 type bridge vlan_filtering 1']

const bonds = { make: [], probe: 'ip link add probe type bond' }
/** Whether a bridge hides its groups while it does not listen to who joins them. */
const hiding = {
  make: [
    'ip link add probe up type bridge mcast_snooping 1',
    'bridge mdb add dev probe port probe grp 239.1.1.1 permanent',
    'ip link set probe type bridge mcast_snooping 0',
  ],
  probe: 'sh ! bridge mdb show dev probe | grep -q 239.1.1.1',
} as const
const vlans = { make: ['ip link add probe type bridge'], probe: 'ip link set probe type bridge vlan_filtering 1' }

const zero = '00:00:00:00:00:00'
const shared = '02:00:00:00:00:aa'

/** Rules for which no event is known on any kernel, and why they are there. */
export const guards: Readonly<Record<string, string>> = {
  'rule: lists':
    'the kernel announces the end of a rule that the table does not have, as after a message that was lost',
}

/** By the name of the rule. */
export const silences: Readonly<Record<string, Silence>> = {
  'link: peer': { before: [], event: 'there ip link add v0 type veth peer name v1 netns here' },
  'link: departure': {
    before: ['there ip link add taken index 30 type bridge', 'ip link add v0 type veth peer name v1 index 30'],
    event: 'ip link set v1 netns there',
  },
  'link: arrival': {
    before: [
      'ip link add v0 type veth peer name v1 index 30',
      'ip link set v1 netns there',
      'ip link add taken index 30 type bridge',
    ],
    event: 'there ip link set v1 netns here',
  },
  'link: bond': {
    needs: bonds,
    before: [...pair, 'ip link add bond0 type bond', 'ip link set v1 master bond0', 'ip link set bond0 mtu 1300'],
    event: 'ip link del bond0',
  },
  'link: lower': {
    before: [...pairUp, 'ip link add m0 link v1 type macvlan'],
    event: 'ip link set v0 down',
  },
  'link: bridge port': {
    before: bridged,
    event: 'bridge link set dev v0 learning off',
    whileRead: true,
  },
  'link: backup port': {
    before: [...bridged, 'ip link set v1 master br0', 'bridge link set dev v0 backup_port v1'],
    event: 'ip link set v1 nomaster',
  },
  'address: link': {
    before: [
      ...pairUp,
      'sh echo 1 > /proc/sys/net/ipv6/conf/v0/keep_addr_on_down',
      'ip addr add fd00::1/64 dev v0 nodad',
      'ip addr add fd00::2/64 dev v0',
    ],
    event: 'ip link set v0 down',
  },
  'nexthop: link': {
    before: [...addressed, 'ip nexthop add id 1 via 10.0.0.2 dev v0'],
    event: 'ip link set v0 down',
  },
  'route: link': {
    before: [...addressed, 'ip route add 1.0.0.0/24 via 10.0.0.2'],
    event: 'ip link set v0 down',
  },
  'route: nexthop': {
    before: [...addressed, 'ip nexthop add id 1 via 10.0.0.2 dev v0', 'ip route add 1.0.0.0/24 nhid 1'],
    event: 'ip nexthop del id 1',
  },
  'route: address': {
    before: [...addressed, 'ip route add 1.0.0.0/24 dev v0'],
    event: 'ip addr del 10.0.0.1/24 dev v0',
  },
  'route: configuration': {
    before: [...addressed, 'ip link set v1 down', 'ip route add 1.0.0.0/24 via 10.0.0.2 dev v0'],
    event: 'sh echo 1 > /proc/sys/net/ipv4/conf/v0/ignore_routes_with_linkdown',
  },
  'route: lists': {
    before: [
      ...addressed,
      'ip -6 addr add fd00::1/64 dev v0 nodad',
      'ip -6 route add fd01::/64 nexthop via fd00::2 nexthop via fd00::3',
    ],
    event: 'ip -6 route del fd01::/64 via fd00::2',
  },
  'rule: link': { before: ['ip rule add priority 90 iif v0 table 5'], event: pair[0]! },
  'rule: rule': { before: ['ip rule add priority 90 goto 100'], event: 'ip rule add priority 100 table 5' },
  'broadcast: address': { before: pairUp, event: 'ip addr add 10.0.0.1/24 brd + dev v0' },
  'broadcast: link': { before: addressed, event: 'ip link set v0 down' },
  'fdb: port': {
    before: [
      ...bridged,
      `ip link set v0 address ${shared}`,
      `ip link set v1 address ${shared}`,
      'ip link set v1 master br0',
    ],
    event: 'ip link set v0 nomaster',
  },
  'fdb: vlan': {
    needs: vlans,
    before: [
      ...filtered,
      `ip link set br0 address ${shared}`,
      `ip link set v0 address ${shared}`,
      'bridge vlan add vid 30 dev br0 self',
      'bridge vlan add vid 30 dev v0',
    ],
    event: 'bridge vlan del vid 30 dev br0 self',
  },
  'fdb: link': {
    before: [...vxlan, `bridge fdb append ${zero} dev vx0 dst 192.0.2.1`],
    event: 'ip link set vx0 netns there',
  },
  'fdb: nexthop': {
    before: [
      ...vxlan,
      'ip nexthop add id 1 via 192.0.2.1 fdb',
      'ip nexthop add id 10 group 1 fdb',
      'bridge fdb add 02:bb:00:00:00:01 dev vx0 nhid 10',
    ],
    event: 'ip nexthop del id 10',
  },
  'fdb: remotes': {
    before: [...vxlan, ...[1, 2].map((last) => `bridge fdb append ${zero} dev vx0 dst 192.0.2.${last}`)],
    event: `bridge fdb append ${zero} dev vx0 dst 192.0.2.2 static`,
  },
  'mdb: snooping': {
    needs: hiding,
    before: [...bridged, 'bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent'],
    event: 'ip link set br0 type bridge mcast_snooping 0',
  },
  'vlan: pvid': {
    needs: vlans,
    before: [...filtered, 'bridge vlan add vid 30 dev v0 pvid untagged'],
    event: 'bridge vlan add vid 31 dev v0 pvid',
  },
  'vlan: tunnel': {
    needs: vlans,
    before: [
      ...filtered,
      'bridge link set dev v0 vlan_tunnel on',
      'bridge vlan add dev v0 vid 10',
      'bridge vlan add dev v0 vid 10 tunnel_info id 100',
    ],
    event: 'bridge link set dev v0 vlan_tunnel off',
  },
  'vlan: range (entry)': {
    needs: vlans,
    before: [...filtered, 'bridge vlan add vid 11 dev v0', 'bridge vlan set vid 11 dev v0 state blocking'],
    event: 'bridge vlan add vid 10-12 dev v0 untagged',
  },
  'vlan: range (message)': {
    needs: vlans,
    before: [...filtered, 'bridge vlan add vid 10 dev v0', 'bridge vlan set vid 10 dev v0 state blocking'],
    event: 'bridge vlan add vid 10-12 dev v0 untagged',
  },
  'vni: link': {
    needs: { make: ['ip link add probe type vxlan external vnifilter'], probe: 'bridge vni add vni 300 dev probe' },
    before: ['ip link add vx0 type vxlan external vnifilter', 'bridge vni add vni 300 dev vx0'],
    event: 'ip link set vx0 netns there',
  },
  'mdb: link': {
    before: [...bridged, 'bridge mdb add dev br0 port br0 grp 239.1.1.1'],
    event: 'ip link del br0',
  },
  'mdb: port': {
    before: [
      ...bridged,
      'bridge mdb add dev br0 port v0 grp 01:00:5e:00:00:09 permanent',
      'bridge mdb add dev br0 port br0 grp 01:00:5e:00:00:09 permanent',
    ],
    event: 'bridge mdb del dev br0 port v0 grp 01:00:5e:00:00:09',
  },
}
