import { type Neighbor, NeighborFlag } from '@rtnl/neighbor'
import type { Fdb, NoticeKind, OtherRow, Path, Remote, Status } from '../entries.ts'
import { type FdbKey, fdbKey, groupKey } from '../keys.ts'
import { originOf } from '../rules/row.ts'
import type { StoredFdb } from './rows.ts'
import type { State } from './state.ts'

/** An entry of a vxlan for a hardware address. */
interface Candidate {
  readonly row: Neighbor
  readonly nhId: number | undefined
  readonly remote: Remote | undefined
}

/** What is known of a hardware address before its group is derived. */
export interface Choice {
  readonly key: FdbKey
  readonly winner: Candidate | undefined
  readonly others: readonly OtherRow[]
  /** The entry of the bridge. */
  readonly bridgeRow: Neighbor | undefined
  /** What readers saw before. */
  readonly old: Fdb | undefined
}

/** Derives where hardware addresses are: first which entry counts, then, when groups are derived, by which paths. */
export class MacDeriver {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  /** Chooses the entry that counts, and counts it where it leads to. */
  choose(key: FdbKey): Choice {
    const { rows } = this.#state
    rows.derived.fdb++
    const vni = this.#state.vni(key.vni)
    const candidates = (vni?.devices ?? []).flatMap((ifindex) => this.#candidate(ifindex, key))
    const bridgeRow = vni && this.#state.bridgeRow(vni, key.mac)
    const winner = this.#winner(key, candidates, bridgeRow)
    const others = candidates.filter((each) => each !== winner).map(otherRow)
    if (candidates.length < 2) this.#state.latest.delete(fdbKey(key))
    const choice: Choice = { key, winner, others, bridgeRow, old: rows.fdb.shown(fdbKey(key)) }
    this.#count(rows.fdb.get(fdbKey(key)), choice)
    this.#notices(choice)
    return choice
  }

  /** Publishes the entry, once its group is derived. @returns whether it changed */
  finish({ key, winner, others, bridgeRow, old }: Choice): boolean {
    const { rows, cause } = this.#state
    const text = fdbKey(key)
    if (winner === undefined) return old !== undefined
    const { row, nhId, remote } = winner
    const shadow = this.#shadow(key, bridgeRow)
    const next: StoredFdb = {
      ...key,
      ifindex: row.ifindex,
      kind: nhId === undefined ? 'single' : 'group',
      ...(nhId === undefined ? {} : { nhId }),
      ...(remote === undefined ? {} : { paths: [{ remote, weight: 1 }] }),
      status: this.statusOf(key.vni, nhId),
      sticky: (row.flags & NeighborFlag.STICKY) !== 0,
      origin: originOf(row),
      ...(shadow === undefined ? {} : { shadowedBy: shadow }),
      others,
    }
    return rows.fdb.set(text, next, cause, old)
  }

  /** Publishes what a change of its group makes of an entry that did not change itself. */
  regroup(key: FdbKey, oldPaths: readonly Path[]): void {
    const { rows, cause } = this.#state
    const stored = rows.fdb.get(fdbKey(key))
    if (stored === undefined) return
    rows.derived.fdb++
    const status = this.statusOf(key.vni, stored.nhId)
    rows.fdb.set(fdbKey(key), { ...stored, status }, cause, { ...stored, paths: oldPaths })
  }

  /** The entries of vxlans for a hardware address. */
  rowsOf({ vni, mac }: FdbKey): Neighbor[] {
    const devices = this.#state.vni(vni)?.devices ?? []
    return devices.flatMap((ifindex) => this.#state.remoteRow(ifindex, mac, vni) ?? [])
  }

  /** Removes an entry that is no more, before its group goes. */
  dropIfGone({ key, winner, old }: Choice): void {
    if (winner === undefined) this.#state.rows.fdb.delete(fdbKey(key), this.#state.cause, old)
  }

  statusOf(vni: number, nhId: number | undefined): Status {
    if (nhId === undefined) return 'resolved'
    return this.#state.rows.groups.get(groupKey({ vni, nhId }))?.status ?? 'unresolved'
  }

  #candidate(ifindex: number, { vni, mac }: FdbKey): Candidate[] {
    const row = this.#state.remoteRow(ifindex, mac, vni)
    const meaning = row && this.#state.meaning(row)
    if (row === undefined || meaning?.kind !== 'mac') return []
    return [{ row, nhId: meaning.nhId, remote: meaning.remote }]
  }

  /** The vxlan that the bridge names, else the one whose entry changed last, else the one with the lowest index. */
  #winner(key: FdbKey, candidates: readonly Candidate[], bridgeRow: Neighbor | undefined): Candidate | undefined {
    if (candidates.length < 2) return candidates[0]
    const latest = this.#state.latest.get(fdbKey(key))
    const at = (ifindex: number | undefined): Candidate | undefined =>
      candidates.find(({ row }) => row.ifindex === ifindex)
    return at(bridgeRow?.ifindex) ?? at(latest) ?? candidates[0]
  }

  /** The port at which the bridge has the address, if that is no vxlan of the VNI. */
  #shadow({ vni }: FdbKey, bridgeRow: Neighbor | undefined): number | undefined {
    if (bridgeRow === undefined || this.#state.vni(vni)?.devices.includes(bridgeRow.ifindex) === true) return undefined
    return bridgeRow.ifindex
  }

  #count(old: StoredFdb | undefined, { key, winner }: Choice): void {
    const { vni, mac } = key
    const { vteps, uses, dirty } = this.#state
    const remote = old?.paths?.[0]?.remote
    if (old !== undefined && remote !== undefined) vteps.count('macs', vni, remote, [old.ifindex], -1)
    if (winner?.remote !== undefined) vteps.count('macs', vni, winner.remote, [winner.row.ifindex], 1)
    const before = old?.nhId
    const after = winner?.nhId
    if (before !== undefined && before !== after) {
      uses.remove({ vni, nhId: before }, 'macs', mac)
      dirty.group({ vni, nhId: before })
    }
    if (winner !== undefined && after !== undefined && (before !== after || old?.ifindex !== winner.row.ifindex)) {
      uses.add({ vni, nhId: after }, 'macs', mac, winner.row.ifindex)
      dirty.group({ vni, nhId: after })
    }
  }

  #notices({ key, winner, others, bridgeRow }: Choice): void {
    const { vni, mac } = key
    const subject = fdbKey(key)
    const shadow = winner === undefined ? undefined : this.#shadow(key, bridgeRow)
    const notice = (kind: NoticeKind, text: string | undefined, ifindex?: number): void =>
      this.#state.setNotice(kind, subject, vni, text, ifindex)
    const bridge = this.#state.vni(vni)?.bridge
    const isMade = winner !== undefined && originOf(winner.row) !== 'learned'
    const elsewhere = `The bridge has ${mac} at another port, and uses that.`
    notice('shadowed', shadow === undefined ? undefined : elsewhere, shadow)
    notice(
      'vxlan-only',
      isMade && bridge !== undefined && bridgeRow === undefined
        ? `The bridge does not have ${mac}, and floods what is for it.`
        : undefined,
    )
    notice(
      'duplicate-mac',
      others.length === 0 ? undefined : `${others.length + 1} vxlans of VNI ${vni} have an entry for ${mac}.`,
    )
    notice(
      'bridge-only',
      winner === undefined && this.#isBridgeOnly(key, bridgeRow)
        ? `The bridge has ${mac} at the vxlan, which has no entry for it, and floods what is for it.`
        : undefined,
    )
  }

  #isBridgeOnly({ vni, mac }: FdbKey, bridgeRow: Neighbor | undefined): boolean {
    const devices = this.#state.vni(vni)?.devices ?? []
    if (bridgeRow === undefined || (bridgeRow.flags & NeighborFlag.EXT_LEARNED) === 0) return false
    if (!devices.includes(bridgeRow.ifindex)) return false
    return devices.every((ifindex) => this.#state.remoteRow(ifindex, mac, vni) === undefined)
  }
}

function otherRow({ row, nhId, remote }: Candidate): OtherRow {
  const { ifindex } = row
  return { ifindex, ...(nhId === undefined ? {} : { nhId }), ...(remote === undefined ? {} : { remote }) }
}
