import type { Cause } from '@rtnl/live-table'
import { fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import { type ArpKey, arpKey, type FdbKey, fdbKey, type GroupKey, groupKey } from '../keys.ts'

/** What has to be derived again: each key once, however often something that it depends on changed. */
export class Dirty {
  segments = false
  readonly vnis = new Set<number>()
  /** Vxlans of which all forwarding entries may mean something else. */
  readonly devices = new Set<number>()
  /** VNIs of which all that is derived may be something else. */
  readonly wholeVnis = new Set<number>()
  /** Interfaces of which all neighbours may mean something else. */
  readonly svis = new Set<number>()
  /** Forwarding entries of vxlans, by their keys. */
  readonly rows = new Map<string, Neighbor>()
  readonly neighbors = new Map<string, Neighbor>()
  readonly macs = new Map<string, FdbKey>()
  readonly groups = new Map<string, GroupKey>()
  readonly arps = new Map<string, ArpKey>()
  #cause: Cause = 'notification'

  row(entry: Neighbor): void {
    this.rows.set(fdbDefinition.keyText(entry), entry)
  }

  neighbor(entry: Neighbor): void {
    this.neighbors.set(neighborText(entry), entry)
  }

  mac(key: FdbKey): void {
    this.macs.set(fdbKey(key), key)
  }

  group(key: GroupKey): void {
    this.groups.set(groupKey(key), key)
  }

  arp(key: ArpKey): void {
    this.arps.set(arpKey(key), key)
  }

  /** Remembers how a change became known: of several together, that messages were lost before that they were inferred. */
  because(cause: Cause): void {
    if (cause !== 'notification' && this.#cause !== 'resync') this.#cause = cause
  }

  takeCause(): Cause {
    const cause = this.#cause
    this.#cause = 'notification'
    return cause
  }

  get isEmpty(): boolean {
    return (
      !this.segments &&
      [
        this.vnis,
        this.devices,
        this.wholeVnis,
        this.svis,
        this.rows,
        this.neighbors,
        this.macs,
        this.groups,
        this.arps,
      ].every(({ size }) => size === 0)
    )
  }
}

export function neighborText({ ifindex, dst }: Neighbor): string {
  return `${ifindex} ${dst}`
}

/** Takes at most so many entries of a map out of it. */
export function take<Value>(map: Map<string, Value>, most = Number.POSITIVE_INFINITY): [string, Value][] {
  const taken: [string, Value][] = []
  for (const entry of map) {
    if (taken.length >= most) break
    taken.push(entry)
  }
  for (const [key] of taken) map.delete(key)
  return taken
}
