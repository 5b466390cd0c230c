import { type World, words } from '../world.ts'
import { groupIds, singleIds } from './nexthops.ts'
import type { Domain, Operation } from './operation.ts'

/** Vxlans that speakers write to: `vx3` is the one for IPv6 of the VNI of `vx0`, `vx1` carries many. */
const vxlans = ['vx0', 'vx0', 'vx1', 'vx3'] as const
const vids = [110, 120, 130] as const
const vnis = [10, 20, 30] as const
const zero = '00:00:00:00:00:00'

/** What speakers of EVPN and datapaths write, and what takes the ground from it. */
export const evpn: Domain = {
  name: 'evpn',
  weight: 10,
  draw(world) {
    const { dice } = world
    const kind = dice.pick(
      ...[device, bridging, member, member, group, group, flood, flood],
      ...[remote, remote, remote, entryOfBridge, entryOfBridge, binding, binding],
    )
    return Array.from({ length: 1 + dice.below(4) }, () => kind(world))
  },
}

const mac = ({ dice }: World): string => `02:ee:00:00:00:0${dice.below(5)}`

const endpoints = { 4: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 6: ['2001:db8::1', '2001:db8::2'] } as const

/** An address of an endpoint, mostly of the family that is right. */
function endpoint({ dice, careless }: World, family: 4 | 6): string {
  return dice.pick(...endpoints[careless ? dice.pick(4, 6) : family])
}

const familyOf = (vxlan: string): 4 | 6 => (vxlan === 'vx3' ? 6 : 4)
/** Nexthops of the last ids have IPv6 addresses. */
const familyOfId = (id: number): 4 | 6 => (id < 24 ? 4 : 6)

/** A group that is probably there. */
function groupId(world: World): number {
  const known = groupIds.fdb.filter((id) => world.nexthops.has(id))
  return known.length === 0 || world.careless ? world.dice.pick(...groupIds.fdb) : world.dice.pick(...known)
}

/** The VNI of an entry, and the one on the wire; only a vxlan that carries many has several. */
function vniOf({ dice }: World, name: string): string {
  if (name !== 'vx1') return dice.pick('', '', '', 'vni 777')
  return dice.pick('', ...vnis.map((vni) => `src_vni ${vni}`), `src_vni ${dice.pick(...vnis)} vni 777`)
}

function device(world: World): Operation {
  const { dice, abilities } = world
  const name = dice.pick(...vxlans)
  const vid = dice.pick(...vids)
  if (!world.links.has('vx3') && !world.careless) {
    world.links.set('vx3', true)
    return 'ip link add vx3 address 02:00:00:00:c3:01 type vxlan id 10 dstport 4789 local fd00:0::1 nolearning'
  }
  if (dice.below(8) === 0) {
    world.linkGone('vx3')
    return 'ip link del vx3'
  }
  const port = dice.pick('ip link set vx3 up', ...masters(world, name))
  if (!abilities.vlans) return port
  return dice.pick(
    port,
    port,
    port,
    `ip link add link ${dice.pick('br0', 'br1')} name vlan${vid} type vlan id ${vid}`,
    `ip link set vlan${vid} up`,
    `ip link del vlan${vid}`,
    'ip link add vrf0 type vrf table 500',
    `ip link set ${dice.pick('br0', 'br1', `vlan${vid}`)} ${dice.pick('master vrf0', 'nomaster')}`,
    'ip link del vrf0',
  )
}

function masters(world: World, name: string): string[] {
  const master = world.dice.pick('br0', 'br0', 'br1')
  return [
    `ip link set ${name} master ${master}`,
    `ip link set ${name} master ${master}`,
    `ip link set ${name} nomaster`,
  ]
}

/** VLANs of bridges as VNIs, where the kernel has them, and the filter of a vxlan of many VNIs. */
function bridging(world: World): Operation {
  const { dice } = world
  const vid = dice.pick(...vids)
  const vni = dice.pick(...vnis)
  if (!world.abilities.vlans) return `bridge vni ${dice.pick('add', 'add', 'del')} vni ${vni} dev vx2`
  return dice.pick(
    `bridge vni ${dice.pick('add', 'add', 'del')} vni ${vni} dev vx2`,
    'bridge link set dev vx1 vlan_tunnel on',
    `bridge vlan add dev vx1 vid ${vid}`,
    `bridge vlan add dev vx1 vid ${vid} tunnel_info id ${vni}`,
    `bridge vlan del dev vx1 vid ${vid} tunnel_info id ${vni}`,
    `bridge vlan ${dice.pick('add', 'add', 'del')} dev ${dice.pick('vx0', 'vx3')} vid ${vid} pvid untagged`,
    `bridge vlan ${dice.pick('add', 'add', 'del')} dev br1 vid ${vid} self`,
    `bridge vlan add dev br1 vid ${vid} self pvid untagged`,
    `ip link set ${dice.pick('br0', 'br1')} type bridge vlan_filtering ${dice.pick(0, 1, 1)}`,
  )
}

function member(world: World): Operation {
  const { dice } = world
  const id = dice.pick(...singleIds.fdb)
  if (dice.below(5) === 0) {
    world.nexthopGone(id)
    return `ip nexthop del id ${id}`
  }
  world.nexthops.set(id, { pair: undefined, members: [] })
  return `ip nexthop replace id ${id} via ${endpoint(world, familyOfId(id))} fdb`
}

function group(world: World): Operation {
  const { dice } = world
  const id = dice.pick(...groupIds.fdb)
  if (dice.below(6) === 0) {
    world.nexthopGone(id)
    return `ip nexthop del id ${id}`
  }
  const family = dice.pick(4, 4, 6)
  const known = singleIds.fdb.filter((single) => world.nexthops.has(single) && familyOfId(single) === family)
  const from = known.length === 0 || world.careless ? singleIds.fdb : known
  const some = from.filter(() => dice.below(2) === 0)
  const members = some.length === 0 ? [dice.pick(...from)] : some
  world.nexthops.set(id, { pair: undefined, members })
  const list = members.map((each) => `${each},${1 + dice.below(9)}`).join('/')
  return `ip nexthop replace id ${id} group ${list} fdb`
}

function flood(world: World): Operation {
  const { dice } = world
  const name = dice.pick(...vxlans)
  const to = dice.below(6) === 0 ? dice.pick('239.1.1.1', '0.0.0.0') : endpoint(world, familyOf(name))
  const place = words(`${zero} dev ${name}`, dice.below(8) === 0 ? `nhid ${groupId(world)}` : `dst ${to}`)
  const vni = name === 'vx1' ? `src_vni ${dice.pick(...vnis)}` : ''
  if (dice.below(3) === 0) return words('bridge fdb del', place, vni)
  return words('bridge fdb append', place, vni, dice.pick('permanent', 'permanent', 'static'))
}

function remote(world: World): Operation {
  const { dice } = world
  const name = dice.pick(...vxlans)
  const place = `${mac(world)} dev ${name}`
  const vni = vniOf(world, name)
  const key = words(place, /src_vni \d+/.exec(vni)?.[0] ?? '')
  if (dice.below(4) === 0) {
    world.kinds.delete(key)
    return words('bridge fdb del', place, vni)
  }
  const to = dice.below(2) === 0 ? `nhid ${groupId(world)}` : `dst ${endpoint(world, familyOf(name))}`
  // The kernel gives an entry the state and the flags of a replacement that it refuses, and announces nothing.
  const kind =
    world.kinds.get(key) ?? dice.pick('extern_learn', 'static extern_learn', 'sticky static', 'dynamic', 'permanent')
  world.kinds.set(key, kind)
  return words(`bridge fdb ${dice.pick('add', 'replace', 'replace')}`, place, to, vni, 'self', kind)
}

function entryOfBridge(world: World): Operation {
  const { dice } = world
  const vlan = world.abilities.vlans ? dice.pick('', `vlan ${dice.pick(...vids)}`) : ''
  const place = words(`${mac(world)} dev ${dice.pick(...vxlans, 'v2', 'v3')} master`, vlan)
  if (dice.below(3) === 0) return `bridge fdb del ${place}`
  return `bridge fdb ${dice.pick('add', 'replace')} ${place} ${dice.pick('extern_learn', 'static', 'sticky static')}`
}

function binding(world: World): Operation {
  const { dice } = world
  const ip = dice.pick('10.9.0.1', '10.9.0.2', 'fe80::99', '::ffff:192.0.2.1', ...endpoints[4], ...endpoints[6])
  const upper = world.abilities.vlans ? `vlan${dice.pick(...vids)}` : 'br1'
  const place = `${ip} dev ${dice.pick('br0', 'br0', upper, 'vx1')}`
  if (dice.below(4) === 0) return `ip neigh del ${place}`
  const lladdr = mac(world)
  // Of a change of the protocol alone the kernel says nothing: each hardware address has one.
  const protocol = /[02468]$/.test(lladdr) ? 'protocol 186' : ''
  const rest = `nud ${dice.pick('noarp', 'noarp', 'permanent')} extern_learn`
  return words(`ip neigh replace ${place} lladdr ${lladdr} ${rest}`, dice.pick('', 'router'), protocol)
}
