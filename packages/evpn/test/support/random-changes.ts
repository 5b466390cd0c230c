import { VlanFlag } from '@rtnl/bridge'
import type { Dice } from '@rtnl/compliance'
import type { Link } from '@rtnl/link'
import { type Neighbor, NeighborFlag, NeighborState } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import type { FakeTables } from './fake-tables.ts'
import {
  binding,
  bridge,
  filter,
  flood,
  group,
  link,
  local,
  nexthop,
  remote,
  vlan,
  vlanDevice,
  vxlan,
} from './scene.ts'

/** Interface indexes. */
const at = {
  br0: 1,
  br1: 2,
  vx10: 10,
  vx10b: 11,
  vx30: 12,
  svd: 20,
  vlan10: 30,
  vlan20: 31,
  vrf: 40,
  port: 50,
} as const

/** Changes tables at random, also into states in which a kernel is only for a moment. */
export class RandomChanges {
  readonly #tables: FakeTables
  readonly #dice: Dice

  constructor(tables: FakeTables, dice: Dice) {
    this.#tables = tables
    this.#dice = dice
  }

  /** @returns what was changed */
  some(count: number): string[] {
    return Array.from({ length: count }, () => this.#one())
  }

  #one(): string {
    const what = this.#dice.pick(
      'link',
      'vlan',
      'filter',
      'flood',
      'remote',
      'remote',
      'remote',
      'local',
      'local',
      'nexthop',
      'nexthop',
      'binding',
      'binding',
    )
    const isRemoval = this.#dice.below(4) === 0
    switch (what) {
      case 'link':
        return this.#changeLink(this.#link(), this.#dice.below(6) === 0)
      case 'vlan':
        return this.#change('vlan', this.#tables.vlans, this.#vlan(), isRemoval)
      case 'filter':
        return this.#change(
          'filter',
          this.#tables.filters,
          filter(this.#dice.pick(at.svd, at.vx10), this.#vni()),
          isRemoval,
        )
      case 'flood':
        return this.#change('fdb', this.#tables.fdb, this.#flood(), isRemoval)
      case 'remote':
        return this.#change('fdb', this.#tables.fdb, this.#remote(), isRemoval)
      case 'local':
        return this.#change('fdb', this.#tables.fdb, this.#local(), isRemoval)
      case 'nexthop':
        return this.#change('nexthop', this.#tables.nexthops, this.#nexthop(), isRemoval)
      case 'binding':
        return this.#change('neighbor', this.#tables.neighbors, this.#binding(), isRemoval)
    }
  }

  /** A kernel gives no name to two links. */
  #changeLink(entry: Link, isRemoval: boolean): string {
    const { links } = this.#tables
    for (const other of [...links]) {
      if (isRemoval || other.ifname !== entry.ifname || other.ifindex === entry.ifindex) continue
      links.put({ ...other, ifname: `renamed${other.ifindex}` })
    }
    return this.#change('link', links, entry, isRemoval)
  }

  #change<Entry>(
    what: string,
    table: { put(entry: Entry): void; remove(entry: Entry): void },
    entry: Entry,
    isRemoval: boolean,
  ): string {
    if (isRemoval) table.remove(entry)
    else table.put(entry)
    return `${isRemoval ? 'remove' : 'put'} ${what} ${JSON.stringify(entry)}`
  }

  #vni(): number {
    return this.#dice.pick(10, 20, 30)
  }

  #mac(): string {
    return `02:00:00:00:00:0${this.#dice.below(6)}`
  }

  #ip(): string {
    return this.#dice.pick('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '2001:db8::1', '2001:db8::2')
  }

  #link(): Link {
    const master = this.#dice.pick({}, { master: at.br0 }, { master: at.br0 }, { master: at.br1 })
    const local = this.#dice.pick({}, { local: '192.0.2.100' }, { local: '2001:db8::100' })
    const port = this.#dice.pick(4789, 4789, 60010)
    switch (this.#dice.below(10)) {
      case 0:
        return bridge(at.br0, this.#dice.pick('br0', 'br0', 'vlan20'), this.#dice.pick(0, 1, 1))
      case 1:
        return bridge(at.br1, 'br1', this.#dice.pick(0, 1))
      case 2:
        return vxlan(at.vx10, this.#dice.pick('vx10', 'vx10', 'vx10b'), { id: 10, port, ...local }, master)
      case 3:
        return vxlan(at.vx10b, 'vx10b', { id: 10, port, local: '2001:db8::100' }, master)
      case 4:
        return vxlan(at.vx30, this.#dice.pick('vx30', 'vx10'), { id: 30, ...local }, master)
      case 5:
        return vxlan(at.svd, 'svd', { collectMetadata: 1, vnifilter: this.#dice.pick(0, 1), ...local }, master)
      case 6:
        return vlanDevice(at.vlan10, this.#dice.pick(at.br0, at.br1), 110, this.#dice.pick({}, { master: at.vrf }))
      case 7:
        return vlanDevice(at.vlan20, at.br0, this.#dice.pick(120, 110), this.#dice.pick({}, { master: at.vrf }))
      case 8:
        return link(at.vrf, 'vrf0', { kind: this.#dice.pick('vrf', 'vrf', 'dummy') })
      default:
        return link(at.port, 'port', { kind: 'veth', flags: this.#dice.below(2) })
    }
  }

  #vlan(): ReturnType<typeof vlan> {
    const ifindex = this.#dice.pick(at.br0, at.vx10, at.vx10b, at.svd, at.svd)
    const tunnel = ifindex === at.svd ? this.#dice.pick({}, { tunnelId: this.#vni() }, { tunnelId: this.#vni() }) : {}
    return vlan(ifindex, this.#dice.pick(110, 120, 130), { flags: this.#dice.pick(0, VlanFlag.PVID), ...tunnel })
  }

  #place(): { readonly ifindex: number; readonly srcVni?: number } {
    const ifindex = this.#dice.pick(at.vx10, at.vx10, at.vx10b, at.vx30, at.svd, at.svd)
    return ifindex === at.svd && this.#dice.below(8) > 0 ? { ifindex, srcVni: this.#vni() } : { ifindex }
  }

  #flood(): Neighbor {
    const { ifindex, ...srcVni } = this.#place()
    const way = this.#dice.pick(
      { dst: this.#ip() },
      { dst: this.#ip() },
      { dst: '239.1.1.1', viaIfindex: 50 },
      { nhId: 10 + this.#dice.below(3) },
      { dst: '0.0.0.0' },
    )
    const port = this.#dice.below(5) === 0 ? { port: this.#dice.pick(4789, 4790) } : {}
    return flood(ifindex, { ...srcVni, ...way, ...port, state: this.#dice.pick(0xc0, 0xc0, 0x42) })
  }

  #remote(): Neighbor {
    const { ifindex, ...srcVni } = this.#place()
    const mac = this.#dice.below(12) === 0 ? '01:00:5e:00:00:01' : this.#mac()
    const { NOARP, REACHABLE, PERMANENT } = NeighborState
    const { SELF, EXT_LEARNED, STICKY } = NeighborFlag
    const way = this.#dice.pick(
      { dst: this.#ip() },
      { dst: this.#ip() },
      { nhId: 10 + this.#dice.below(4) },
      { nhId: 10 + this.#dice.below(4) },
      { dst: '239.1.1.1' },
      {},
    )
    const vni = this.#dice.below(6) === 0 ? { vni: 777 } : {}
    return remote(ifindex, mac, {
      ...srcVni,
      ...way,
      ...vni,
      state: this.#dice.pick(NOARP | REACHABLE, REACHABLE, PERMANENT),
      flags: this.#dice.pick(SELF | EXT_LEARNED, SELF | EXT_LEARNED, SELF | STICKY, SELF),
    })
  }

  #local(): Neighbor {
    const vid = this.#dice.pick({}, {}, { vlan: 110 }, { vlan: 120 })
    const port = this.#dice.pick(at.vx10, at.vx10b, at.svd, at.port, at.br0)
    return local(this.#dice.pick(at.br0, at.br0, at.br1), port, this.#mac(), {
      ...vid,
      flags: this.#dice.pick(0, NeighborFlag.EXT_LEARNED),
    })
  }

  #nexthop(): Nexthop {
    const isForOthers = this.#dice.below(8) === 0
    const id = 1 + this.#dice.below(4)
    if (this.#dice.below(2) === 0) return forOthers(nexthop(id, this.#ip()), isForOthers)
    const members = Object.fromEntries(
      Array.from({ length: 1 + this.#dice.below(3) }, () => [1 + this.#dice.below(5), 1 + this.#dice.below(3)]),
    )
    const groupId = 10 + this.#dice.below(4)
    return this.#dice.below(12) === 0 ? nexthop(groupId, this.#ip()) : forOthers(group(groupId, members), isForOthers)
  }

  #binding(): Neighbor {
    const ifindex = this.#dice.pick(at.br0, at.br0, at.br1, at.vlan10, at.vlan20, at.svd, at.port)
    const dst = this.#dice.pick(
      '10.0.0.1',
      '10.0.0.2',
      'fd00::1',
      'fe80::1',
      '192.0.2.1',
      '::ffff:192.0.2.1',
      '192.0.2.2',
      '2001:db8::1',
    )
    const { EXT_LEARNED, ROUTER } = NeighborFlag
    return binding(ifindex, dst, this.#mac(), {
      flags: this.#dice.pick(EXT_LEARNED, EXT_LEARNED | ROUTER, 0),
      state: this.#dice.pick(NeighborState.NOARP, NeighborState.NOARP, NeighborState.PERMANENT),
      ...this.#dice.pick({}, { protocol: 186 }),
    })
  }
}

/** A nexthop that is not for forwarding entries. */
function forOthers({ fdb: _, ...rest }: Nexthop, isForOthers: boolean): Nexthop {
  return (isForOthers ? rest : { ...rest, fdb: true }) as Nexthop
}
