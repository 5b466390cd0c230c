import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Replaces places in bundles by the places in the sources.
 * @param {string} output of a test
 * @param {string} folder with the bundles
 * @returns {string}
 */
export function mapPlaces(output, folder) {
  /** @type {Map<string, SourceMap>} */
  const maps = new Map()
  const mapOf = (/** @type {string} */ file) => {
    const map = maps.get(file) ?? new SourceMap(JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')))
    maps.set(file, map)
    return map
  }
  const places = new RegExp(`(?:file://)?${folder.replaceAll(/[.+]/g, '\\$&')}/([^\\s():]+\\.mjs):(\\d+):(\\d+)`, 'g')
  return output.replace(places, (place, file, line, column) => {
    const entry = mapOf(file).findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return place
    const source = new URL(entry.originalSource, pathToFileURL(join(folder, file)))
    return `${source.href}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}
