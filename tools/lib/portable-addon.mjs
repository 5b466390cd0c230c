import { readFileSync } from 'node:fs'
import { compareVersions, oldestVersions } from './elf.mjs'

/** @typedef {import('./elf.mjs').ElfFile} ElfFile */

/** The oldest glibc that the addon loads with. */
export const OLDEST_GLIBC = [2, 17]
/** Half as much again as it has, so that nobody adds a library to it without noticing. */
const SIZE_LIMIT_BYTES = 224 * 1024
/** How a runtime finds an addon (node_api.h). */
const ENTRY_POINTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
/** What compilers refer to and can do without. */
const OPTIONAL = new Set(['_ITM_deregisterTMCloneTable', '_ITM_registerTMCloneTable', '__gmon_start__'])

/**
 * The names of a list that has several on a line, and comments.
 * @param {string} file
 * @returns {Set<string>}
 */
export function readNames(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
  return new Set(lines.filter((line) => !line.startsWith('#')).flatMap((line) => line.split(/\s+/).filter(Boolean)))
}

/**
 * The names that an addon takes from the process, Node-API aside.
 * @param {ElfFile} addon
 * @returns {string[]} sorted
 */
export function namesTaken(addon) {
  return addon.symbols
    .filter(({ name, defined }) => !defined && !OPTIONAL.has(name) && !isNodeApi(name))
    .map(({ name }) => name)
    .sort()
}

/** @param {string} name */
function isNodeApi(name) {
  return name.startsWith('napi_') || name.startsWith('node_api_')
}

/**
 * What keeps a file from being an addon for every C library; empty if it is one.
 * @param {ElfFile} addon
 * @param {{ architecture: string, bytes: number, names: ReadonlySet<string>, nodeApi: ReadonlySet<string>,
 *   glibc?: ElfFile | undefined }} expected `names`, `nodeApi`: what it may take; `glibc`: a library to look up its names in
 * @returns {string[]}
 */
export function problemsOf(addon, { architecture, bytes, names, nodeApi, glibc }) {
  /** @type {string[]} */
  const problems = []
  /** @param {boolean} wrong @param {string} text */
  const check = (wrong, text) => {
    if (wrong) problems.push(text)
  }
  check(addon.architecture !== architecture, `is for ${addon.architecture}, not for ${architecture}`)
  check(addon.needed.length > 0, `asks for libraries: ${addon.needed.join(', ')}`)
  check(addon.versioned, 'has names with versions, which other C libraries do not have')
  check(addon.searchPath, 'has a search path for libraries')
  check(addon.executableStack, 'makes the stack executable')
  check(addon.writableCode, 'has code that can be written')
  check(!addon.relro || !addon.bindNow, 'is linked without full relro (-z relro -z now)')
  check(!addon.stripped, 'is not stripped')
  check(bytes > SIZE_LIMIT_BYTES, `has ${bytes} bytes, more than ${SIZE_LIMIT_BYTES}`)

  const given = addon.symbols.filter(({ defined }) => defined).map(({ name }) => name)
  const missing = ENTRY_POINTS.filter((name) => !given.includes(name))
  check(missing.length > 0, `lacks ${missing.join(', ')}`)
  const shown = given.filter((name) => !ENTRY_POINTS.includes(name))
  check(shown.length > 0, `shows names to others: ${shown.join(', ')}`)

  const unknown = namesTaken(addon).filter((name) => !names.has(name))
  check(unknown.length > 0, `takes names that are not in the list: ${unknown.join(', ')}`)
  const later = addon.symbols
    .filter(({ name, defined }) => !defined && isNodeApi(name) && !nodeApi.has(name))
    .map(({ name }) => name)
  check(later.length > 0, `takes what Node-API 8 does not have: ${later.join(', ')}`)
  if (glibc !== undefined) problems.push(...newerNames(addon, glibc))
  return problems
}

/**
 * What an addon takes that the oldest glibc does not have, as ends of a sentence.
 * @param {ElfFile} addon
 * @param {ElfFile} glibc a newer one, which knows since when it has each name
 * @returns {string[]}
 */
export function newerNames(addon, glibc) {
  const oldest = oldestVersions(glibc)
  return namesTaken(addon).flatMap((name) => {
    // It is in the loader of glibc, not in its library, since 2.3.
    if (name === '__tls_get_addr') return []
    const version = oldest.get(name)
    if (version === undefined) return [`takes ${name}, which glibc does not have`]
    return compareVersions(version, OLDEST_GLIBC) > 0
      ? [`takes ${name}, which came with glibc ${version.join('.')}`]
      : []
  })
}
