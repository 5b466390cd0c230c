import { addAddress, dumpAddresses } from '@rtnl/address'
import { addVrf } from '@rtnl/link'
import {
  dumpNeighbors,
  NeighborExtendedFlag,
  NeighborFlag,
  NeighborMessage,
  neighborMessage,
  neighborOwner,
} from '@rtnl/neighbor'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { reconcile } from '@rtnl/reconcile'
import type { Feature } from './feature.ts'
import type { Scene } from './scene.ts'

const protocol = 84

export const entryFeatures: readonly Feature[] = [
  {
    name: 'neighbor-protocols',
    title: 'protocols of neighbours',
    lack: 'neighbours cannot be owned by their protocol',
    since: 'Linux 5.0 or newer',
    async attempt(scene) {
      const ifindex = await scene.bridge()
      const entry = { dst: '192.0.2.8', lladdr: '02:00:00:00:00:08' }
      const { failed } = await reconcile(neighborOwner({ ifindex, protocol }), [entry], { notifier: scene.notifier })
      for (const { error } of failed) throw error
      return await hasNeighbor(scene, ifindex, (entry) => entry.dst === '192.0.2.8' && entry.protocol === protocol)
    },
  },
  {
    name: 'managed-neighbors',
    title: 'neighbours that the kernel keeps resolved (managed)',
    lack: 'neighbours with flagsExt 1 cannot be kept',
    since: 'Linux 5.16 or newer',
    async attempt(scene) {
      const ifindex = await scene.bridge()
      await scene.connection.request({
        message: neighborMessage,
        type: NeighborMessage.NEW,
        flags: MessageFlag.CREATE | MessageFlag.EXCL,
        entry: {
          family: AddressFamily.INET,
          ifindex,
          flags: NeighborFlag.EXT_LEARNED,
          dst: '192.0.2.9',
          flagsExt: NeighborExtendedFlag.MANAGED,
        },
        operation: 'add neighbor 192.0.2.9',
      })
      return await hasNeighbor(
        scene,
        ifindex,
        ({ dst, flagsExt = 0 }) => dst === '192.0.2.9' && (flagsExt & NeighborExtendedFlag.MANAGED) !== 0,
      )
    },
  },
  {
    name: 'address-protocols',
    title: 'protocols of addresses',
    lack: 'addresses cannot be owned by their protocol',
    since: 'Linux 5.18 or newer',
    async attempt(scene) {
      const ifindex = await scene.bridge()
      await addAddress(scene.connection, { ifindex, address: '192.0.2.1', prefixlen: 24, protocol })
      for await (const batch of dumpAddresses(scene.connection, AddressFamily.INET)) {
        if (batch.some((entry) => entry.address === '192.0.2.1' && entry.protocol === protocol)) return true
      }
      return false
    },
  },
  {
    name: 'vrf',
    title: 'VRFs',
    lack: 'no interface has a routing table of its own',
    since: 'a Linux with the module vrf',
    async attempt(scene) {
      await addVrf(scene.connection, { ifname: 'vrf0', table: 10 })
      return (await scene.find('vrf0')).vrf?.table === 10
    },
  },
]

async function hasNeighbor(
  { connection }: Scene,
  ifindex: number,
  matches: (entry: { readonly dst?: string; readonly protocol?: number; readonly flagsExt?: number }) => boolean,
): Promise<boolean> {
  for await (const batch of dumpNeighbors(connection, { ifindex })) if (batch.some(matches)) return true
  return false
}
