import type { Partition, TableDefinition } from '@rtnl/live-table'
import type { Connection } from '@rtnl/netlink-core'
import { answer, type DumpOptions, FakeKernel, isDump } from '@rtnl/netlink-core/testing'

/** A kernel made of code whose dumps show what those of the real one showed, and are interrupted as told. */
export class ReplayedKernel<Entry> extends FakeKernel {
  /** Where the next dumps are interrupted, one each. An interrupted one lacks its last entry, if it has others. */
  readonly interruptions: DumpOptions['interrupted'][] = []
  dumps = 0

  /** @param parts the dumps of the parts of the table */
  constructor(definition: TableDefinition<Entry>, parts: ReadonlyMap<Partition<Entry>, readonly Entry[]>) {
    super()
    const { message, types } = definition
    this.on(types.get, (request) => {
      if (!isDump(request)) return answer.ack()
      this.dumps++
      const asked: Partial<Entry> = request.decode(message)
      const entries = [...parts].find(([{ request: filter }]) => includes(asked, filter))?.[1] ?? []
      const interrupted = this.interruptions.shift()
      if (interrupted === undefined) return answer.dump(message, types.new, entries)
      return answer.dump(message, types.new, entries.slice(0, Math.max(1, entries.length - 1)), { interrupted })
    })
  }
}

function includes<Entry>(asked: Partial<Entry>, filter: Partial<Entry>): boolean {
  return (Object.keys(filter) as (keyof Entry)[]).every((name) => asked[name] === filter[name])
}

/** What dumps of the parts of a table show. */
export async function readParts<Entry>(
  connection: Connection,
  { name, message, types, partitions: whole }: TableDefinition<Entry>,
): Promise<Map<Partition<Entry>, Entry[]>> {
  const parts = new Map<Partition<Entry>, Entry[]>()
  for (const scope of whole) {
    const entries: Entry[] = []
    const request = { message, type: types.get, entry: scope.request, operation: `dump ${name}` }
    for await (const batch of connection.dump(request)) entries.push(...batch)
    parts.set(scope, entries)
  }
  return parts
}
