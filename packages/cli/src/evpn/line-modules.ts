import { type EvpnCollection, evpnDifference, evpnNaming, evpnWords, type LineModule } from '@rtnl/tables'

/** How changes of collections are printed: entries with what is wrong with them, and of those that changed what was otherwise. */
export function lineModules(collections: readonly EvpnCollection<unknown>[]): LineModule[] {
  return collections.map((collection) => {
    const trouble = (entry: unknown): string | undefined => collection.trouble?.(entry)?.text
    const joined = (...texts: readonly (string | undefined)[]): string =>
      texts.filter((text) => text !== undefined && text !== '').join(' ')
    return {
      name: collection.name,
      words(entry, names) {
        const text = trouble(entry)
        return [...evpnWords(collection, entry, names), ...(text === undefined ? [] : [text])]
      },
      naming: evpnNaming,
      was: (old, entry, names) =>
        joined(
          evpnDifference(collection, old, entry, names),
          trouble(old) === trouble(entry) ? undefined : trouble(old),
        ),
    }
  })
}
