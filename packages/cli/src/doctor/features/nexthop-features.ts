import { dumpFdb, NeighborFlag, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { addNexthop, getNexthop, NexthopGroupType } from '@rtnl/nexthop'
import type { Feature } from './feature.ts'
import type { Scene } from './scene.ts'

/** Ids in the scene. A nexthop that drops packets needs no interface. */
const ids = { dropping: 1, weighted: 2, resilient: 3, gateway: 11, fdbGroup: 12 } as const

export const nexthopFeatures: readonly Feature[] = [
  {
    name: 'nexthops',
    title: 'nexthop objects',
    lack: 'rtnl needs them: tables of nexthops and routes cannot be read',
    since: 'Linux 5.3 or newer',
    needed: true,
    async attempt({ connection }) {
      await addNexthop(connection, { id: ids.dropping, family: AddressFamily.INET, blackhole: true })
      return (await getNexthop(connection, ids.dropping)) !== undefined
    },
  },
  {
    name: 'weights-16-bits',
    title: 'weights of 16 bits in groups of nexthops',
    lack: 'weights end at 255',
    since: 'Linux 6.12 or newer',
    async attempt({ connection }) {
      // The wire has 1 less: this is the largest that fits into 8 bits, which kernels with 8 bits refuse.
      const weight = 256
      await addNexthop(connection, { id: ids.weighted, group: [{ id: ids.dropping, weight }] })
      return (await getNexthop(connection, ids.weighted))?.group?.[0]?.weight === weight
    },
  },
  {
    name: 'resilient-groups',
    title: 'resilient groups of nexthops',
    lack: 'groups are of the other kind only, in which flows move when a member comes or goes',
    since: 'Linux 5.13 or newer',
    async attempt({ connection }) {
      const group = [{ id: ids.dropping, weight: 1 }]
      await addNexthop(connection, {
        id: ids.resilient,
        group,
        groupType: NexthopGroupType.RES,
        resGroup: { buckets: 8, idleTimer: 0, unbalancedTimer: 0 },
      })
      return (await getNexthop(connection, ids.resilient))?.resGroup?.buckets === 8
    },
  },
  {
    name: 'fdb-nexthops',
    title: 'forwarding entries of vxlans that lead to groups of nexthops',
    lack: 'no EVPN multihoming',
    since: 'Linux 5.8 or newer',
    async attempt(scene) {
      await addNexthop(scene.connection, {
        id: ids.gateway,
        family: AddressFamily.INET,
        gateway: '192.0.2.2',
        fdb: true,
      })
      await addNexthop(scene.connection, { id: ids.fdbGroup, group: [{ id: ids.gateway, weight: 1 }], fdb: true })
      return await entryByGroup(scene, '02:00:00:00:00:01', NeighborState.NOARP | NeighborState.REACHABLE)
    },
  },
  {
    name: 'fdb-nexthops-dynamic',
    title: 'forwarding entries with a nexthop that age, as FRR makes them',
    lack: 'the kernel refuses entries with a nexthop that are not static, which FRR makes for EVPN multihoming',
    since: 'Linux 6.12 or 6.18',
    attempt: (scene) => entryByGroup(scene, '02:00:00:00:00:02', NeighborState.REACHABLE),
  },
]

/** Makes a forwarding entry by the group. @returns whether the kernel shows it with the group */
async function entryByGroup(scene: Scene, lladdr: string, state: number): Promise<boolean> {
  const ifindex = await scene.vxlan()
  await scene.connection.request({
    message: neighborMessage,
    type: NeighborMessage.NEW,
    flags: MessageFlag.CREATE | MessageFlag.EXCL,
    entry: { family: AddressFamily.BRIDGE, ifindex, state, flags: NeighborFlag.SELF, lladdr, nhId: ids.fdbGroup },
    operation: `add fdb ${lladdr}`,
  })
  for await (const batch of dumpFdb(scene.connection, { ifindex })) {
    if (batch.some((entry) => entry.lladdr === lladdr && entry.nhId === ids.fdbGroup)) return true
  }
  return false
}
