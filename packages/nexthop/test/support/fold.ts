import type { ChangeBatch, LiveTable } from '@rtnl/live-table'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import * as assert from 'uvu/assert'

/** What a reader of the changes makes of them. Checks that each one fits what was told before. */
export class Fold {
  readonly entries = new Map<string, Nexthop>()
  readonly batches: ChangeBatch<Nexthop>[] = []
  /** Rejects where a change did not fit. */
  readonly done: Promise<void>

  constructor(table: LiveTable<Nexthop>) {
    this.done = this.#follow(table)
  }

  async #follow(table: LiveTable<Nexthop>): Promise<void> {
    for await (const batch of table.changes()) {
      this.batches.push(batch)
      for (const change of batch.changes) {
        const { key, kind, entry } = change
        assert.is(key, nexthopDefinition.keyText(entry))
        assert.is(this.entries.has(key), kind !== 'added', `${kind} ${key}`)
        if (kind === 'changed') assert.equal(stable(change.old), stable(this.entries.get(key)!))
        if (kind === 'removed') this.entries.delete(key)
        else this.entries.set(key, entry)
      }
    }
  }

  /** Entries as they are now, by id. */
  sorted(): Nexthop[] {
    return sorted(this.entries.values())
  }
}

/** Without what changes by itself. */
function stable(entry: Nexthop): Nexthop {
  if (entry.resGroup === undefined) return entry
  const { unbalancedTime: _, ...resGroup } = entry.resGroup
  return { ...entry, resGroup }
}

export function sorted(entries: Iterable<Nexthop>): Nexthop[] {
  return [...entries].map(stable).sort((left, right) => (left.id ?? 0) - (right.id ?? 0))
}
