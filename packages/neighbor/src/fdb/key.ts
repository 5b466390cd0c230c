import type { RowDraft, TableDefinition } from '@rtnl/live-table'
import { NeighborFlag, NeighborState } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { flagsOfRow, isFloodRow, setStateOfRow, stateOfRow } from '../row.ts'

/** The fields of the keys of all kinds of entries. A hardware address has 6 bytes. */
export const fdbKey: TableDefinition<Neighbor>['key'] = [
  'ifindex',
  'dst',
  { field: 'lladdr', bytes: 8 },
  'vlan',
  'port',
  'vni',
  'srcVni',
  'viaIfindex',
  'master',
]

/** Words of the key: `dst` has four, `lladdr` two. */
const word = { ifindex: 0, dst: 1, vlan: 7, port: 8, vni: 9, srcVni: 10, viaIfindex: 11, master: 12 } as const

/**
 * Sets to 0 what does not belong to the key of this kind of entry:
 * - of a bridge: bridge, address and VLAN. An address moves from port to port without being deleted.
 * - of a vxlan: interface, address and VNI. Its remote is replaced.
 * - of a vxlan, an address that it floods to: the remote too, as there may be many.
 */
export function prepareFdb(draft: RowDraft): void {
  const { key } = draft
  if ((flagsOfRow(draft) & NeighborFlag.SELF) === 0) {
    clearRemote(key)
    key[word.ifindex] = 0
    key[word.srcVni] = 0
    // An entry that has aged and is not yet collected shows so in dumps only.
    if (stateOfRow(draft) === NeighborState.STALE) setStateOfRow(draft, NeighborState.REACHABLE)
  } else {
    if (!isFloodRow(draft)) clearRemote(key)
    key[word.vlan] = 0
    key[word.master] = 0
  }
}

function clearRemote(key: Int32Array): void {
  key.fill(0, word.dst, word.dst + 4)
  key[word.port] = 0
  key[word.vni] = 0
  key[word.viaIfindex] = 0
}

export function fdbKeyText(entry: Neighbor): string {
  const { ifindex, master, lladdr, vlan, dst, port, vni, srcVni, viaIfindex } = entry
  if ((entry.flags & NeighborFlag.SELF) === 0) return text(`master ${master} ${lladdr}`, { vlan })
  const remote = isFloodAddress(lladdr) ? { dst, port, vni, via: viaIfindex } : {}
  return text(`${ifindex} ${lladdr}`, { src_vni: srcVni, ...remote })
}

function text(start: string, words: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${value}`]))
  return start + given.join('')
}

/** Whether a hardware address is all zero or that of a group: a vxlan floods to all its remotes. */
export function isFloodAddress(lladdr: string | undefined): boolean {
  if (lladdr === undefined || lladdr === '') return false
  return (Number.parseInt(lladdr.slice(0, 2), 16) & 1) !== 0 || /^[0:]+$/.test(lladdr)
}
