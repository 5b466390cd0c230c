import type { InterfaceNames } from './tables/interface-names.ts'

/** What is needed to print the entries of a table. */
export interface LineModule {
  /** As in the `table` field of events. */
  readonly name: string
  /**
   * An entry in the words of `ip` and `bridge`, in phrases such as `via 192.0.2.1`: the name of a field and its value. The
   * first phrase says which entry it is.
   */
  words(entry: unknown, names: InterfaceNames): readonly string[]
  /** The names of other fields that say which entry it is. */
  readonly naming?: readonly string[] | undefined
  /** What an entry was before it changed, as far as that is worth saying. Default: all of it. */
  was?(old: unknown, entry: unknown, names: InterfaceNames): string
}

/** An entry as one line, without spaces at its end. */
export function lineText<Entry>(
  module: { words(entry: Entry, names: InterfaceNames): readonly string[] },
  entry: Entry,
  names: InterfaceNames,
): string {
  return module.words(entry, names).join(' ')
}
