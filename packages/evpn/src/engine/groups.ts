import { sameValue } from '@rtnl/live-table'
import type { Group } from '../entries.ts'
import { type GroupKey, groupKey } from '../keys.ts'
import { groupOf } from '../rules/group.ts'
import { memberText } from '../rules/texts.ts'
import type { State } from './state.ts'

/** A group that was derived again. */
export interface GroupChange {
  readonly key: GroupKey
  readonly old: Group | undefined
  readonly next: Group | undefined
}

/** Derives groups of nexthops as VNIs use them. */
export class GroupDeriver {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  /** @returns what changed, if more than the number of addresses did */
  derive(key: GroupKey): GroupChange | undefined {
    const { rows, cause } = this.#state
    rows.derived.groups++
    const text = groupKey(key)
    const old = rows.groups.get(text)
    const next = this.#group(key, old)
    this.#count(key.vni, old, -1)
    this.#count(key.vni, next, 1)
    this.#failures(key, old, next)
    if (next === undefined) rows.groups.delete(text, cause)
    else rows.groups.set(text, next, cause)
    const isSame = old?.paths === next?.paths && old?.status === next?.status && old?.reason === next?.reason
    return isSame ? undefined : { key, old, next }
  }

  /** Publishes how many hardware addresses are behind a group, of which nothing else changed. */
  recount(key: GroupKey): void {
    const { rows, cause, uses } = this.#state
    const text = groupKey(key)
    const old = rows.groups.get(text)
    const macs = uses.get(key)?.macs
    if (old === undefined || macs === undefined) return
    rows.derived.groups++
    rows.groups.set(text, { ...old, macs }, cause)
  }

  #group(key: GroupKey, old: Group | undefined): Group | undefined {
    const { uses, inputs, config, topology, vteps } = this.#state
    const used = uses.get(key)
    if (used === undefined) return undefined
    const devices = uses.devicesOf(key).flatMap((ifindex) => topology.devices.get(ifindex) ?? [])
    const group = groupOf(key.vni, key.nhId, {
      config,
      devices,
      nexthop: (id) => inputs.nexthops.get({ id }),
      isEndpoint: (remote) => vteps.isEndpoint(key.vni, remote),
    })
    // All entries behind it share one array, for as long as nothing in it changes.
    const paths = old !== undefined && sameValue(old.paths, group.paths) ? old.paths : group.paths
    return { ...group, paths, macs: used.macs }
  }

  /** Two members with one address are one endpoint. */
  #count(vni: number, group: Group | undefined, by: 1 | -1): void {
    const counted = new Set<string>()
    for (const { remote } of group?.paths ?? []) {
      const endpoint = `${remote.ip} ${remote.port}`
      if (counted.has(endpoint)) continue
      counted.add(endpoint)
      this.#state.vteps.count('groups', vni, remote, group?.devices ?? [], by)
    }
  }

  #failures({ vni, nhId }: GroupKey, old: Group | undefined, next: Group | undefined): void {
    const row = (member: number): string => `${vni} ${nhId} ${member}`
    for (const { member } of old?.failures ?? []) {
      if (next?.failures.some((failure) => failure.member === member) === true) continue
      this.#state.setUnresolved(undefined, { table: 'nexthop', row: row(member) })
    }
    for (const { member, reason } of next?.failures ?? []) {
      const entry = { table: 'nexthop', row: row(member), vni, nhId, member, reason } as const
      this.#state.setUnresolved({ ...entry, text: memberText(nhId, member, reason) }, entry)
    }
  }
}
