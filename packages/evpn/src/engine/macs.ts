import { type Neighbor, NeighborFlag } from '@rtnl/neighbor'
import type { NoticeKind, OtherRow, Path, Remote, Status, Vni } from '../entries.ts'
import { fdbKey, groupKey } from '../keys.ts'
import { originOf } from '../rules/row.ts'
import type { State } from './state.ts'

/** An entry of a vxlan for a hardware address. */
interface Candidate {
  readonly row: Neighbor
  readonly nhId: number | undefined
  readonly remote: Remote | undefined
}

/** What is known of a hardware address before its group is derived. */
export interface Choice {
  /** Its number. */
  readonly id: number
  readonly vni: number
  readonly mac: string
  readonly winner: Candidate | undefined
  readonly others: readonly OtherRow[]
  /** The port at which the bridge has the address, if that is no vxlan of the VNI. */
  readonly shadowedBy: number | undefined
  /** Entries of vxlans for it that lead nowhere by themselves. */
  readonly lost: readonly Neighbor[]
  /** Whether readers saw an entry before, and by which paths. */
  readonly wasThere: boolean
  readonly oldPaths: readonly Path[]
}

/** The notices that there may be about a hardware address; the place of each is its bit. */
const noticeKinds = ['shadowed', 'vxlan-only', 'duplicate-mac', 'bridge-only'] as const satisfies readonly NoticeKind[]

/** Derives where hardware addresses are: first which entry counts, then, when groups are derived, by which paths. */
export class MacDeriver {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  /** Chooses the entry that counts, and counts it where it leads to. @param id the number of the address */
  choose(id: number): Choice {
    const { rows, latest } = this.#state
    rows.derived.fdb++
    const number = rows.fdb.vniOf(id)
    const mac = rows.fdb.macOf(id)
    const vni = this.#state.vni(number)
    const candidates: Candidate[] = []
    const lost: Neighbor[] = []
    let hasRow = false
    for (const ifindex of vni?.devices ?? []) {
      const row = this.#state.remoteRow(ifindex, mac, number)
      if (row === undefined) continue
      hasRow = true
      const meaning = this.#state.meaning(row)
      if (meaning?.kind === 'mac') candidates.push({ row, nhId: meaning.nhId, remote: meaning.remote })
      else if (meaning?.kind === 'reason') lost.push(row)
    }
    const bridgeRow = vni && this.#state.bridgeRow(vni, mac)
    const winner = candidates.length < 2 ? candidates[0] : this.#winner(number, mac, candidates, bridgeRow)
    const others = candidates.length < 2 ? none : candidates.filter((each) => each !== winner).map(otherRow)
    if (candidates.length < 2 && latest.size > 0) latest.delete(fdbKey({ vni: number, mac }))
    const isElsewhere = bridgeRow !== undefined && vni?.devices.includes(bridgeRow.ifindex) === false
    const shadowedBy = isElsewhere ? bridgeRow.ifindex : undefined
    const wasThere = rows.fdb.has(id)
    const oldPaths = wasThere ? rows.fdb.pathsOf(id) : []
    const choice: Choice = { id, vni: number, mac, winner, others, shadowedBy, lost, wasThere, oldPaths }
    this.#count(choice)
    this.#notices(choice, vni, bridgeRow, hasRow)
    return choice
  }

  /** Publishes the entry, once its group is derived. @returns whether it changed */
  finish({ id, vni, winner, others, shadowedBy, wasThere, oldPaths }: Choice): boolean {
    const { rows, cause } = this.#state
    if (winner === undefined) {
      rows.fdb.forget(id)
      return wasThere
    }
    const { row, nhId, remote } = winner
    const next = {
      ifindex: row.ifindex,
      nhId,
      remote,
      status: this.statusOf(vni, nhId),
      sticky: (row.flags & NeighborFlag.STICKY) !== 0,
      origin: originOf(row),
      shadowedBy,
      others,
    }
    return rows.fdb.set(id, next, cause, oldPaths)
  }

  /** Publishes what a change of its group makes of an entry that did not change itself. */
  regroup(id: number, oldPaths: readonly Path[]): void {
    const { rows, cause } = this.#state
    if (!rows.fdb.has(id)) return
    rows.derived.fdb++
    rows.fdb.setStatus(id, this.statusOf(rows.fdb.vniOf(id), rows.fdb.nhIdOf(id)), cause, oldPaths)
  }

  /** Removes an entry that is no more, before its group goes. */
  dropIfGone({ id, winner, oldPaths }: Choice): void {
    if (winner === undefined) this.#state.rows.fdb.delete(id, this.#state.cause, oldPaths)
  }

  statusOf(vni: number, nhId: number | undefined): Status {
    if (nhId === undefined) return 'resolved'
    return this.#state.rows.groups.get(groupKey({ vni, nhId }))?.status ?? 'unresolved'
  }

  /** The vxlan that the bridge names, else the one whose entry changed last, else the one with the lowest index. */
  #winner(
    vni: number,
    mac: string,
    candidates: readonly Candidate[],
    bridgeRow: Neighbor | undefined,
  ): Candidate | undefined {
    const latest = this.#state.latest.get(fdbKey({ vni, mac }))
    const at = (ifindex: number | undefined): Candidate | undefined =>
      candidates.find(({ row }) => row.ifindex === ifindex)
    return at(bridgeRow?.ifindex) ?? at(latest) ?? candidates[0]
  }

  #count({ id, vni, winner, wasThere }: Choice): void {
    const { rows, vteps, uses, dirty } = this.#state
    const oldIfindex = wasThere ? rows.fdb.ifindexOf(id) : undefined
    const oldRemote = wasThere ? rows.fdb.remoteOf(id) : undefined
    if (oldIfindex !== undefined && oldRemote !== undefined) vteps.count('macs', vni, oldRemote, [oldIfindex], -1)
    if (winner?.remote !== undefined) vteps.count('macs', vni, winner.remote, [winner.row.ifindex], 1)
    const before = wasThere ? rows.fdb.nhIdOf(id) : undefined
    const after = winner?.nhId
    if (before === after && oldIfindex === winner?.row.ifindex) return
    if (oldIfindex !== undefined && before !== undefined) {
      const key = { vni, nhId: before }
      if (uses.removeMac(key, id, oldIfindex)) dirty.group(key)
      else dirty.count(key)
    }
    if (winner !== undefined && after !== undefined) {
      const key = { vni, nhId: after }
      if (uses.addMac(key, id, winner.row.ifindex)) dirty.group(key)
      else dirty.count(key)
    }
  }

  #notices(
    { id, vni, mac, winner, others, shadowedBy }: Choice,
    entry: Vni | undefined,
    bridgeRow: Neighbor | undefined,
    hasRow: boolean,
  ): void {
    const isMade = winner !== undefined && originOf(winner.row) !== 'learned'
    const isBridgeOnly =
      winner === undefined &&
      !hasRow &&
      bridgeRow !== undefined &&
      shadowedBy === undefined &&
      (bridgeRow.flags & NeighborFlag.EXT_LEARNED) !== 0
    const texts = [
      winner === undefined || shadowedBy === undefined
        ? undefined
        : `The bridge has ${mac} at another port, and uses that.`,
      isMade && entry !== undefined && this.#state.isBridged(entry) && bridgeRow === undefined
        ? `The bridge does not have ${mac}, and floods what is for it.`
        : undefined,
      others.length === 0 ? undefined : `${others.length + 1} vxlans of VNI ${vni} have an entry for ${mac}.`,
      isBridgeOnly
        ? `The bridge has ${mac} at the vxlan, which has no entry for it, and floods what is for it.`
        : undefined,
    ]
    const { fdb } = this.#state.rows
    const before = fdb.noticesOf(id)
    let after = 0
    for (const [place, kind] of noticeKinds.entries()) {
      const text = texts[place]
      if (text !== undefined) after |= 1 << place
      if (text === undefined && (before & (1 << place)) === 0) continue
      this.#state.setNotice(kind, fdbKey({ vni, mac }), vni, text, kind === 'shadowed' ? shadowedBy : undefined)
    }
    if (before !== after) fdb.setNotices(id, after)
  }
}

const none: readonly never[] = []

function otherRow({ row, nhId, remote }: Candidate): OtherRow {
  const { ifindex } = row
  return { ifindex, ...(nhId === undefined ? {} : { nhId }), ...(remote === undefined ? {} : { remote }) }
}
