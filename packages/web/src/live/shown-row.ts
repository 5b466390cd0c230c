import type { ShownRow } from '../api.ts'
import type { ViewTable } from '../source.ts'

/**
 * Control characters, those that change the direction of text or are not seen, and those that end a line: names of interfaces
 * come from whoever made these.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The words of an entry as a page can show them. */
export function wordsOf(table: ViewTable, entry: unknown): string[] {
  return table.words(entry).map((phrase) => phrase.replaceAll('\t', ' ').replaceAll(unprintable, escaped))
}

/** An entry as a page shows it. */
export function shownRow(table: ViewTable, key: string, entry: unknown): ShownRow {
  return { key, words: wordsOf(table, entry), ...table.place?.(entry) }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
