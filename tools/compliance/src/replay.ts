import type { Partition, TableDefinition } from '@rtnl/live-table'
import type { Connection, MessageCursor } from '@rtnl/netlink-core'
import { answer, type DumpOptions, FakeKernel, isDump } from '@rtnl/netlink-core/testing'

/**
 * A kernel made of code whose dumps show what those of the real one showed, and are interrupted as told. Each of its messages
 * is one entry, as the declaration of the table has it.
 */
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
      if (interrupted === undefined) return answer.dump(message, types.dumped ?? types.new, entries)
      return answer.dump(message, types.dumped ?? types.new, entries.slice(0, Math.max(1, entries.length - 1)), {
        interrupted,
      })
    })
  }
}

function includes<Entry>(asked: Partial<Entry>, filter: Partial<Entry>): boolean {
  return (Object.keys(filter) as (keyof Entry)[]).every((name) => asked[name] === filter[name])
}

/** What dumps of the parts of a table show. */
export async function readParts<Entry>(
  connection: Connection,
  definition: TableDefinition<Entry>,
): Promise<Map<Partition<Entry>, Entry[]>> {
  const { name, message, types, partitions: whole } = definition
  const parts = new Map<Partition<Entry>, Entry[]>()
  for (const scope of whole) {
    const entries: Entry[] = []
    const request = { message, type: types.get, entry: scope.request, operation: `dump ${name}` }
    await connection.dumpInto(request, {
      message: (cursor) => entries.push(...entriesOf(definition, cursor)),
      restart: () => entries.splice(0),
    })
    parts.set(scope, entries)
  }
  return parts
}

function entriesOf<Entry>({ message, entries }: TableDefinition<Entry>, cursor: MessageCursor): Iterable<Entry> {
  if (entries !== undefined) return entries(cursor) as Iterable<Entry>
  return [message.decode(cursor.view, cursor.body, cursor.end)]
}
