import type { EvpnCollections } from '@rtnl/evpn'
import { evpnCollections } from '@rtnl/tables'
import type { SizedTable, ViewEvpn, ViewTable } from '../source.ts'

/** The collections of EVPN as tables of a view: with what is wrong with an entry in its words. */
export function evpnTables(evpn: EvpnCollections, view: ViewEvpn): ViewTable[] {
  return evpnCollections.map(({ name, about, trouble }) => {
    const words = (entry: unknown): string[] => {
      const why = trouble?.(entry)?.text
      return [...view.words(name, entry), ...(why === undefined ? [] : [why])]
    }
    return {
      module: { name, nouns: ['entry', about], refersTo: [], references: () => ({}), values: {}, words },
      table: evpn[name] as SizedTable,
      words,
      ...(view.place.node !== undefined && { place: () => view.place }),
    }
  })
}
