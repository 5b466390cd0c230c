import { VlanTable, VniTable } from '@rtnl/bridge'
import type { Evpn } from '@rtnl/evpn'
import { LinkTable } from '@rtnl/link'
import { FdbTable, NeighborTable } from '@rtnl/neighbor'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { evpnCollections } from '@rtnl/tables'
import { runCommand } from './player.ts'
import { sameEntries } from './same-entries.ts'

/** @throws {Error} a collection differs from what is derived from tables that are read anew */
export async function checkDerived(evpn: Evpn): Promise<void> {
  const { derive } = await import('@rtnl/evpn')
  await using notifier = await Notifier.open()
  const fresh = derive({
    links: await LinkTable.open({ notifier }),
    vlans: await VlanTable.open({ notifier }),
    filters: await VniTable.open({ notifier }),
    fdb: await FdbTable.open({ notifier }),
    nexthops: await NexthopTable.open({ notifier }),
    neighbors: await NeighborTable.open({ notifier }),
    latest: evpn.latest,
  })
  for (const { name } of evpnCollections) {
    if (!sameEntries(withoutIds(evpn[name]), withoutIds(fresh[name]))) {
      throw new Error(`the collection ${name} differs from what is derived anew: this is a bug`)
    }
  }
}

/** Which numbers endpoints have depends on the order in which they came. */
function* withoutIds(entries: Iterable<object>): Generator<object, void, undefined> {
  for (const entry of entries) yield { ...entry, id: undefined }
}

/** @throws {Error} the hosts and their paths differ from those that `bridge` and `ip` show */
export async function checkPaths({ fdb, unresolved }: Evpn, vxlan: string): Promise<void> {
  const hosts = [...fdb].map(({ mac, paths }) =>
    hostText(
      mac,
      paths.map(({ remote, weight }) => `${remote.ip} ${weight}`),
    ),
  )
  const lost = [...unresolved].flatMap(({ table, mac = '' }) => (table === 'fdb' ? [hostText(mac, [])] : []))
  if (sameEntries(new Set([...hosts, ...lost]), await hostsByTools(vxlan))) return
  throw new Error('the hosts differ from those that bridge and ip show: this is a bug')
}

function hostText(mac: string, paths: readonly string[]): string {
  return [mac, ...paths].sort().join(' ')
}

interface ShownForwarding {
  readonly mac: string
  readonly dst?: string
  readonly nhid?: number
  readonly flags: readonly string[]
}

interface ShownNexthop {
  readonly id: number
  readonly gateway?: string
  readonly group?: readonly { readonly id: number; readonly weight?: number }[]
}

/** The hosts behind a vxlan as `bridge` shows them, with their paths as `ip` shows the nexthops. */
async function hostsByTools(vxlan: string): Promise<string[]> {
  const rows: ShownForwarding[] = JSON.parse(await runCommand(`bridge -j fdb show dev ${vxlan}`))
  const nexthops: ShownNexthop[] = JSON.parse(await runCommand('ip -j nexthop'))
  const find = (id: number | undefined): ShownNexthop | undefined => nexthops.find((nexthop) => nexthop.id === id)
  return rows
    .filter(({ flags }) => flags.includes('extern_learn'))
    .map(({ mac, dst, nhid }) => {
      const members = find(nhid)?.group ?? []
      const paths = members.map(({ id, weight = 1 }) => `${find(id)?.gateway} ${weight}`)
      // An entry without a remote is shown with the zero address.
      return hostText(mac, dst === undefined || dst === '0.0.0.0' ? paths : [`${dst} 1`])
    })
}
