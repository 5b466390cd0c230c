import type { Replay } from '@rtnl/recorder'
import { type TableModule, tables } from '@rtnl/tables'

/** The tables that were read as a whole in a recording, in the order in which they were read first. */
export function recordedTables(replay: Replay): readonly TableModule<unknown>[] {
  const found = tables.flatMap((module) => {
    const { message, wire = message, types, partitions, name } = module.part({}).definition
    const places = partitions.map(({ request: entry, attributes }) =>
      replay.firstDump({ message: wire, type: types.get, entry, attributes, operation: `dump ${name}` }),
    )
    const known = places.filter((place) => place !== undefined)
    return known.length === places.length ? [{ module, place: Math.min(...known) }] : []
  })
  return found.sort((one, other) => one.place - other.place).map(({ module }) => module)
}
