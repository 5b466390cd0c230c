import { fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import type { Reason, Unresolved } from '../entries.ts'
import { groupKey } from '../keys.ts'
import { rowText } from '../rules/texts.ts'
import type { State } from './state.ts'

/** Derives why a forwarding entry of a vxlan leads nowhere, if it does. @param key the entry, or one with its key */
export function deriveUnresolved(state: State, key: Neighbor): void {
  const row = state.inputs.fdb.get(key)
  const text = fdbDefinition.keyText(key)
  const found = row && reasonOf(state, row)
  const place = { table: 'fdb', row: text } as const
  if (row === undefined || found === undefined) {
    state.setUnresolved(undefined, place)
    note(state, text, key, false)
    return
  }
  const { reason, vni, nhId } = found
  const entry: Unresolved = {
    ...place,
    ...(vni === undefined ? {} : { vni }),
    ...(row.lladdr === undefined ? {} : { mac: row.lladdr }),
    ...(nhId === undefined ? {} : { nhId }),
    reason,
    text: rowText(reason),
  }
  state.setUnresolved(entry, place)
  note(state, text, row, true)
}

function note({ lost }: State, text: string, row: Neighbor, isLost: boolean): void {
  const { lladdr = '' } = row
  const rows = lost.get(lladdr)
  if (isLost) {
    if (rows === undefined) lost.set(lladdr, new Map([[text, row]]))
    else rows.set(text, row)
  } else if (rows?.delete(text) === true && rows.size === 0) {
    lost.delete(lladdr)
  }
}

function reasonOf(
  state: State,
  row: Neighbor,
): { readonly reason: Reason; readonly vni?: number | undefined; readonly nhId?: number } | undefined {
  const meaning = state.meaning(row)
  if (meaning?.kind === 'reason') return meaning
  if (meaning?.kind === 'flood') {
    const { vni, nhId } = meaning.flood
    return nhId === undefined ? undefined : groupReason(state, vni, nhId)
  }
  if (meaning?.kind !== 'mac' || meaning.nhId === undefined) return undefined
  // Of entries that lose nothing is derived.
  const { fdb } = state.rows
  const id = fdb.find(meaning.vni, meaning.mac)
  return id >= 0 && fdb.has(id) && fdb.ifindexOf(id) === row.ifindex
    ? groupReason(state, meaning.vni, meaning.nhId)
    : undefined
}

function groupReason(
  state: State,
  vni: number,
  nhId: number,
): { readonly reason: Reason; readonly vni: number; readonly nhId: number } | undefined {
  const reason = state.rows.groups.get(groupKey({ vni, nhId }))?.reason
  return reason && { reason, vni, nhId }
}
