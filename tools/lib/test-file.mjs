import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAdvice, isCommand } from './prerequisites.mjs'

/** @typedef {'node' | 'deno' | 'bun'} Runtime */

/**
 * @typedef {object} TestFile
 * @property {string} path relative to the root
 * @property {boolean} kernel whether it runs in namespaces of its own
 * @property {boolean} serial whether it wants the machine for itself
 * @property {string | undefined} shares what it changes or wants unchanged in the checkout; files that share it run one after the other
 * @property {number} timeout in seconds
 * @property {boolean} alone whether it needs a process of its own, as what starts programs and waits for them does
 * @property {Runtime[]} runtimes where it runs unless somebody asks for others
 * @property {Runtime[]} able where it can run
 * @property {string[]} wants commands that have to be there, and `root`
 * @property {string[]} problems what is wrong with its text; such a file is not run
 */

/** @type {readonly Runtime[]} */
export const RUNTIMES = ['node', 'deno', 'bun']

export const DEFAULT_TIMEOUT_SECONDS = 300
/** Directives stand in comments among the first lines. */
const DIRECTIVE_LINES = 10
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'fixtures'])

/**
 * @param {string} root
 * @param {string} folder relative to the root
 * @returns {string[]} paths relative to the root
 */
function testFilesUnder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : testFilesUnder(root, path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
}

/**
 * All test files of the workspace, sorted.
 * @param {string} root
 * @returns {string[]} paths relative to the root
 */
export function findTestFiles(root) {
  return ['packages', 'bench', 'examples', 'tools'].flatMap((folder) => testFilesUnder(root, folder)).sort()
}

/**
 * What uvu itself lets pass in silence: a suite that is never run, and tests left out by `only` or `skip`.
 * @param {string} source
 * @returns {string[]}
 */
function findProblems(source) {
  const suites = [...source.matchAll(/^\s*(?:const|let)\s+(\w+)\s*=\s*suite\b/gm)].map(([, name]) => name ?? '')
  if (/^import\s*\{[^}]*\btest\b[^}]*\}\s*from\s*'uvu'/m.test(source)) suites.push('test')
  if (suites.length === 0) return ['makes no uvu suite']
  return suites.flatMap((suite) => {
    const problems = ['only', 'skip']
      .filter((word) => new RegExp(`\\b${suite}\\.${word}\\(`).test(source))
      .map((word) => `${suite}.${word}() leaves tests out`)
    return new RegExp(`\\b${suite}\\.run\\(\\)`).test(source) ? problems : [...problems, `${suite}.run() is missing`]
  })
}

/** Packages in which the runtimes differ: the addon, the transport, streams, timers, what users start. */
const BOUND_TO_RUNTIMES = ['netlink-core', 'notifier', 'live-table']
/** Files that prove of each other package that it works with the kernel on a runtime. */
const PROOF =
  /\/(compliance|readme|examples?)\.test\.ts$|\/nexthop\/.*\/reconcile\.test\.ts$|\/cli\/.*\/(command-line|record|show|sync|top|watch|watch-terminal)\.test\.ts$/

/**
 * Where a file can run unless it says otherwise. The tools run on Node alone; of the kernel tests, those of nexthops run
 * on Bun too, as the proof that the addon works there.
 * @param {string} path
 * @param {boolean} kernel
 * @returns {Runtime[]}
 */
function ableRuntimes(path, kernel) {
  if (path.startsWith('tools/')) return ['node']
  if (kernel && !path.startsWith('packages/nexthop/')) return ['node', 'deno']
  return [...RUNTIMES]
}

/**
 * Whether a file that does not name its runtimes runs wherever it can. Others run on Node alone: kernel tests of packages that only compute with what the
 * packages below bring them from the kernel.
 * @param {string} path
 * @param {boolean} kernel
 * @returns {boolean}
 */
function isBoundToRuntimes(path, kernel) {
  return !kernel || BOUND_TO_RUNTIMES.some((name) => path.startsWith(`packages/${name}/`)) || PROOF.test(path)
}

/**
 * Reads a file's directives (`// timeout: SECONDS`, `// runtimes: node deno`, `// serial`, `// shares: NAME`,
 * `// wants: root COMMAND`, `// alone`) and judges its text.
 * @param {string} path relative to the root
 * @param {string} source
 * @returns {TestFile}
 */
export function describeTestFile(path, source) {
  const head = source.split('\n').slice(0, DIRECTIVE_LINES)
  /** @param {RegExp} pattern */
  const directive = (pattern) => head.map((line) => pattern.exec(line)).find((match) => match !== null)
  const kernel = path.includes('/test/kernel/')
  const named = directive(/^\/\/ runtimes: (.+)$/)?.[1]
    ?.trim()
    .split(/[\s,]+/)
  const wants =
    directive(/^\/\/ wants: (.+)$/)?.[1]
      ?.trim()
      .split(/\s+/) ?? []
  const able = named === undefined ? ableRuntimes(path, kernel) : RUNTIMES.filter((name) => named.includes(name))
  const setApart = directive(/^\/\/ (timeout|serial|shares|wants|alone)\b/) !== undefined
  const unknown = named?.filter((name) => !RUNTIMES.some((runtime) => runtime === name)) ?? []
  return {
    path,
    kernel,
    serial: directive(/^\/\/ serial\b/) !== undefined,
    shares: directive(/^\/\/ shares: (\w+)$/)?.[1],
    alone: kernel || setApart || !path.startsWith('packages/'),
    timeout: Number(directive(/^\/\/ timeout: (\d+)$/)?.[1] ?? DEFAULT_TIMEOUT_SECONDS),
    runtimes: named || isBoundToRuntimes(path, kernel) ? able : able.filter((name) => name === 'node'),
    able,
    wants,
    problems: [...unknown.map((name) => `names the unknown runtime "${name}"`), ...findProblems(source)],
  }
}

/**
 * What a file wants and this machine does not have.
 * @param {{ wants: readonly string[] }} file
 * @param {{ path: string, isRoot: boolean }} machine `path`: PATH to search
 * @returns {string[]}
 */
export function missingWants({ wants }, { path, isRoot }) {
  return wants.filter((name) => (name === 'root' ? !isRoot : !isCommand(name, path)))
}

/**
 * What a file wants, and what to do about it, for people.
 * @param {readonly string[]} wants
 * @returns {string}
 */
export function describeWants(wants) {
  return wants
    .map((name) => {
      const advice = installAdvice(name)
      return advice === '' ? name : `${name} (${advice})`
    })
    .join(' and ')
}

/**
 * @param {string} root
 * @param {string} path relative to the root
 * @returns {TestFile}
 */
export function readTestFile(root, path) {
  return describeTestFile(path, readFileSync(join(root, path), 'utf8'))
}
