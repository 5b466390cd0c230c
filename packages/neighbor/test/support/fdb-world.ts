import { type Link, linkDefinition } from '@rtnl/link'
import {
  FdbTable,
  fdbDefinition,
  type Neighbor,
  NeighborFlag,
  NeighborMessage,
  NeighborState,
  NeighborType,
  neighborMessage,
} from '@rtnl/neighbor'
import { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'

const { NOARP, PERMANENT } = NeighborState
export const zero = '00:00:00:00:00:00'
export const vxlan = 5
export const bridge = 4

export function ofBridge(lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  return { family: 7, ifindex: 3, state: NOARP, flags: 0, type: 0, lladdr, master: bridge, ...fields }
}

export function ofVxlan(lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  const { SELF } = NeighborFlag
  return {
    family: 7,
    ifindex: vxlan,
    state: NOARP | PERMANENT,
    flags: SELF,
    type: NeighborType.UNICAST,
    lladdr,
    ...fields,
  }
}

export const remote = (last: number, fields: Partial<Neighbor> = {}): Neighbor =>
  ofVxlan(zero, { dst: `192.0.2.${last}`, ...fields })

export const mac = (last: number): string => `02:00:00:00:00:0${last}`

export interface World {
  readonly kernel: FakeKernel
  readonly entries: FakeTable<Neighbor>
  readonly links: FakeTable<Link>
  readonly nexthops: FakeTable<Nexthop>
  /** The interfaces that were asked for; 0 for all. */
  readonly asked: number[]
}

export function link(ifindex: number, kind: string): Link {
  return { family: 0, type: 1, ifindex, flags: 0x11043, ifname: `v${ifindex}`, kind, mtu: 1500, operstate: 6 }
}

export function group(id: number, fields: Partial<Nexthop> = { fdb: true }): Nexthop {
  return { family: 0, scope: 0, protocol: 0, flags: 0, id, groupType: 0, group: [{ id: 1, weight: 1 }], ...fields }
}

export function world(...entries: Neighbor[]): World {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, fdbDefinition)
  const links = new FakeTable(kernel, linkDefinition)
  const nexthops = new FakeTable(kernel, nexthopDefinition)
  const asked: number[] = []
  table.wanted = (entry, { ifindex }) => ifindex === 0 || entry.ifindex === ifindex
  kernel.on(NeighborMessage.GET, (request) => {
    asked.push(request.decode(neighborMessage).ifindex)
    return table.handle(request)
  })
  for (const [ifindex, kind] of [
    [3, 'veth'],
    [bridge, 'bridge'],
    [vxlan, 'vxlan'],
  ] as const) {
    links.putSilently(link(ifindex, kind))
  }
  for (const id of [10, 11]) nexthops.putSilently(group(id))
  for (const entry of entries) table.putSilently(entry)
  return { kernel, entries: table, links, nexthops, asked }
}

export async function opened(scene: World, test: (table: FdbTable) => Promise<void>): Promise<void> {
  await using table = await FdbTable.open({ transports: scene.kernel })
  scene.asked.length = 0
  await test(table)
}

export function keys(entries: Iterable<Neighbor>): string[] {
  return [...entries].map(fdbDefinition.keyText).sort()
}
