import { vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { linkDefinition } from '@rtnl/link'
import type { Cause } from '@rtnl/live-table'
import { fdbDefinition, neighborDefinition } from '@rtnl/neighbor'
import { nexthopDefinition } from '@rtnl/nexthop'
import type { Inputs, InterfaceTable } from '../../src/inputs/inputs.ts'
import type { Snapshots } from '../../src/inputs/snapshots.ts'

/** A table that a test changes, and that announces its changes as a live table does. */
export class FakeTable<Entry> implements InterfaceTable<Entry> {
  readonly #entries = new Map<string, Entry>()
  readonly #observers = new Set<(old: Entry | undefined, next: Entry | undefined, cause: Cause) => void>()
  readonly #keyText: (entry: Entry) => string

  constructor(keyText: (entry: Entry) => string) {
    this.#keyText = keyText
  }

  put(entry: Entry, cause: Cause = 'notification'): void {
    const old = this.get(entry)
    this.#entries.set(this.#keyText(entry), entry)
    for (const observer of this.#observers) observer(old, entry, cause)
  }

  remove(key: Partial<Entry>, cause: Cause = 'notification'): void {
    const old = this.get(key)
    if (old === undefined) return
    this.#entries.delete(this.#keyText(old))
    for (const observer of this.#observers) observer(old, undefined, cause)
  }

  get(key: Partial<Entry>): Entry | undefined {
    return this.#entries.get(this.#keyText(key as Entry))
  }

  observe(observer: (old: Entry | undefined, next: Entry | undefined, cause: Cause) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  ofInterfaces(ifindexes: ReadonlySet<number>): Entry[] {
    return [...this].filter((entry) => ifindexes.has((entry as { readonly ifindex?: number }).ifindex ?? 0))
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values()
  }
}

/** The tables of a kernel that a test writes to. */
export class FakeTables implements Inputs {
  readonly links = new FakeTable(linkDefinition.keyText)
  readonly vlans = new FakeTable(vlanDefinition.keyText)
  readonly filters = new FakeTable(vniDefinition.keyText)
  readonly fdb = new FakeTable(fdbDefinition.keyText)
  readonly nexthops = new FakeTable(nexthopDefinition.keyText)
  readonly neighbors = new FakeTable(neighborDefinition.keyText)

  snapshot(): Snapshots {
    const { links, vlans, filters, fdb, nexthops, neighbors } = this
    return {
      links: [...links],
      vlans: [...vlans],
      filters: [...filters],
      fdb: [...fdb],
      nexthops: [...nexthops],
      neighbors: [...neighbors],
    }
  }
}
