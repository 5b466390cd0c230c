// Opens the tables that EVPN is derived from, alone or with what is derived, and follows changes that it makes itself.
import { execFileSync } from 'node:child_process'
import { VlanTable, VniTable } from '@rtnl/bridge'
import { derive, Evpn } from '@rtnl/evpn'
import { LinkTable } from '@rtnl/link'
import {
  FdbTable,
  type Neighbor,
  NeighborFlag,
  NeighborMessage,
  NeighborState,
  NeighborTable,
  neighborMessage,
} from '@rtnl/neighbor'
import { AddressFamily, type BulkRequest, Connection, MessageFlag } from '@rtnl/netlink-core'
import { NexthopTable, replaceNexthop } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { answer, parameters, peakBytes, processorSeconds } from '../contestant.ts'
import { type EvpnScene, groupId, membersOf, movesOf, turns, vtepId, vtepIp, vxlanOf } from '../evpn-scene.ts'
import { LoopHold } from '../loop-hold.ts'
import { median } from '../median.ts'

const { scene, what } = parameters<{ scene: EvpnScene; what: 'tables' | 'evpn' }>()
const { netns } = scene

/** What is opened: it is exact after `waitForSync`. */
interface Opened {
  waitForSync(): Promise<void>
  /** How many rows were derived so far: of all collections, and of hardware addresses. */
  derived(): { readonly all: number; readonly addresses: number }
  readonly addresses: number
}

await using notifier = await Notifier.open({ netns })
await using connection = await Connection.open({ netns })

const openTables = async () => ({
  links: await LinkTable.open({ notifier }),
  vlans: await VlanTable.open({ notifier }),
  filters: await VniTable.open({ notifier }),
  nexthops: await NexthopTable.open({ notifier }),
  fdb: await FdbTable.open({ notifier }),
  neighbors: await NeighborTable.open({ notifier }),
})
let tables: Awaited<ReturnType<typeof openTables>> | undefined

async function open(): Promise<Opened> {
  if (what === 'evpn') {
    const evpn = await Evpn.open({ notifier })
    return {
      waitForSync: () => evpn.waitForSync(),
      derived: () => {
        const counts = evpn.derived
        return { all: Object.values(counts).reduce((sum, count) => sum + count, 0), addresses: counts.fdb }
      },
      get addresses() {
        return evpn.fdb.size
      },
    }
  }
  const opened = await openTables()
  tables = opened
  return {
    async waitForSync() {
      await Promise.all(Object.values(opened).map((table) => table.waitForSync()))
    },
    derived: () => ({ all: 0, addresses: 0 }),
    addresses: scene.macs,
  }
}

const hold = await LoopHold.start()
const before = process.cpuUsage()
const start = performance.now()
const opened = await open()
const seconds = (performance.now() - start) / 1000
const cpu = process.cpuUsage(before)
const opening = { userSeconds: cpu.user / 1e6, processorSeconds: (cpu.user + cpu.system) / 1e6 }
const holds = hold.stop()
if (opened.addresses !== scene.macs) throw new Error(`${opened.addresses} addresses are derived, not ${scene.macs}`)
const peak = peakBytes()
const measured: Record<string, number> = {}

/** Objects and buffers that are left: the heap has room for more, by chance, than an address takes. */
function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Measures a change that is made more than once: the median of what it takes until all is exact again. */
async function change(name: string, count: number, make: (turn: number) => Promise<void>): Promise<void> {
  const times: number[] = []
  await opened.waitForSync()
  const before = opened.derived()
  const worked = processorSeconds()
  for (let turn = 1; turn <= count; turn++) {
    const start = performance.now()
    await make(turn)
    await opened.waitForSync()
    times.push((performance.now() - start) / 1000)
  }
  measured[`${name}Processor`] = (processorSeconds() - worked) / count
  const after = opened.derived()
  measured[`${name}Seconds`] = median(times)
  measured[`${name}Derived`] = (after.all - before.all) / count
  measured[`${name}Addresses`] = (after.addresses - before.addresses) / count
}

const links = await LinkTable.open({ notifier })
const ifindexes = new Map([...links].map(({ ifname, ifindex }) => [ifname, ifindex]))
links.close()

await answer({ seconds, ...opening, ...holds, peakBytes: peak, heldBytes: heldBytes(), ...(await changes()) })

async function changes(): Promise<Record<string, number>> {
  await change('vtep', turns, (turn) =>
    replaceNexthop(connection, { id: vtepId(0), gateway: vtepIp(0, turn % 2), fdb: true }),
  )
  // Addresses that move are others than those of the last group.
  const group = scene.groups - 1
  await change('group', turns, (turn) => {
    const members = membersOf(scene, group, turn % 2).map((vtep) => ({ id: vtepId(vtep), weight: 1 }))
    return replaceNexthop(connection, { id: groupId(scene, group), group: members, fdb: true })
  })
  await change('moved', 1, move)
  await change('flap', 1, async () => {
    const name = vxlanOf(0)
    execFileSync('ip', ['-n', netns, '-batch', '-'], { input: `link set ${name} down\nlink set ${name} up\n` })
  })
  if (tables === undefined) return measured
  const worked = processorSeconds()
  const start = performance.now()
  const { fdb } = derive(tables)
  measured.deriveSeconds = (performance.now() - start) / 1000
  measured.deriveProcessor = processorSeconds() - worked
  if (fdb.length !== scene.macs) throw new Error(`derive() has ${fdb.length} addresses, not ${scene.macs}`)
  return measured
}

async function move(): Promise<void> {
  const { failed } = await connection.requestAll(moves())
  if (failed[0] !== undefined) throw failed[0].error
}

function* moves(): Generator<BulkRequest<Neighbor>, void, undefined> {
  for (const { mac, vni, group } of movesOf(scene, what === 'evpn' ? 2 : 1)) {
    const entry = {
      family: AddressFamily.BRIDGE,
      ifindex: ifindexes.get(vxlanOf(vni)) ?? 0,
      state: NeighborState.REACHABLE | NeighborState.NOARP,
      flags: NeighborFlag.SELF | NeighborFlag.EXT_LEARNED,
      lladdr: mac,
      nhId: groupId(scene, group),
    }
    const flags = MessageFlag.CREATE | MessageFlag.REPLACE
    yield { message: neighborMessage, type: NeighborMessage.NEW, flags, entry, operation: () => `move ${mac}` }
  }
}
