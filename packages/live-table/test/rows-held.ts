import { type MessageSink, Notifier } from '@rtnl/notifier'

/** What holds the rows of a table. */
interface RowHolder extends MessageSink {
  readonly rows: { readonly store: { readonly size: number } }
}

const holders = new Set<RowHolder>()
const most: Record<string, number> = {}

function holdsRows(sink: MessageSink): sink is RowHolder {
  return 'rows' in sink
}

/**
 * Begins to count the rows that tables on any notifier of this process hold in memory. Tables that are open already do not
 * count.
 */
export function countRows(): void {
  const { attach, detach } = Notifier.prototype
  Notifier.prototype.attach = function (sink) {
    if (holdsRows(sink)) {
      holders.add(sink)
      most[sink.name] = Math.max(most[sink.name] ?? 0, rowsHeld()[sink.name]?.length ?? 0)
    }
    return attach.call(this, sink)
  }
  Notifier.prototype.detach = function (sink) {
    if (holdsRows(sink)) holders.delete(sink)
    detach.call(this, sink)
  }
}

/** Rows by the name of the table: one number for each time that a table of this name is held. */
export function rowsHeld(): Record<string, number[]> {
  const sizes: Record<string, number[]> = {}
  for (const { name, rows } of holders) {
    sizes[name] ??= []
    sizes[name].push(rows.store.size)
  }
  return sizes
}

/** How often a table of each name was held at a time, at most. */
export function mostHeld(): Readonly<Record<string, number>> {
  return most
}
