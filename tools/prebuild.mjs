// The addon that is published: for each architecture one file, for every C library.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ARCHITECTURES, compilerFor } from './lib/cross-compiler.mjs'
import { readElf } from './lib/elf.mjs'
import { namesTaken, OLDEST_GLIBC, problemsOf, readNames } from './lib/portable-addon.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const PACKAGE = join(ROOT, 'packages/netlink-core')
const NATIVE = join(PACKAGE, 'native')
const PREBUILDS = join(PACKAGE, 'prebuilds')
/** What the files were made from, to tell when they are out of date. */
const RECORD = join(PREBUILDS, 'record.json')

/** @typedef {import('./lib/cross-compiler.mjs').Architecture} Architecture */

const USAGE = `usage: node tools/prebuild.mjs [OPTIONS]

Builds packages/netlink-core/prebuilds/linux-{${ARCHITECTURES.join(',')}}/netlink.node, one file for glibc and musl, twice each in
different folders: the bytes must be the same. Checks what they take from a process, and puts the headers beside the
sources that the package has for other architectures. A file that was made from the same sources by the same compiler stays.

  --only LIST        only these of ${ARCHITECTURES.join(', ')} (comma-separated)
  --check            builds nothing: are they there, right, and made from the sources as they are?
  --help             this text`

/**
 * The headers of Node-API, which a package has no dependencies for: whoever installs it needs none.
 * @param {string} target
 */
function copyHeaders(target) {
  const require = createRequire(join(PACKAGE, 'package.json'))
  mkdirSync(target, { recursive: true })
  for (const [name, license] of /** @type {const} */ ([
    ['node-addon-api', 'LICENSE.md'],
    ['node-api-headers', 'LICENSE'],
  ])) {
    const folder = dirname(require.resolve(`${name}/package.json`))
    const headers = name === 'node-addon-api' ? folder : join(folder, 'include')
    for (const file of readdirSync(headers)) {
      // The addon is made without what is deprecated.
      if (!file.endsWith('.h') || file.endsWith('.deprecated.h')) continue
      // Comments, indentation and line breaks are a tenth of what the package weighs.
      const code = readFileSync(join(headers, file), 'utf8')
        .replaceAll(/\/\*[^"]*?\*\/|[ \t]+\/\/[^"\n]*$|^[ \t]*\/\/.*$/gm, '')
        .replaceAll(/^[ \t]+|[ \t]+$/gm, '')
        .replaceAll(/\n{2,}/g, '\n')
        // What ends with a comma or parenthesis goes on, if it is no directive and has no comment.
        .replaceAll(/^(?!#)((?:(?!\/\/).)*[,(])\n(?!#)/gm, '$1')
      writeFileSync(join(target, file), code)
    }
    cpSync(join(folder, license), join(target, `LICENSE.${name}`))
  }
}

/**
 * What the addon is made from, as one number.
 * @returns {string}
 */
function hashOfSources() {
  const hash = createHash('sha256')
  for (const folder of ['', 'portable', 'include'])
    for (const name of readdirSync(join(NATIVE, folder)).sort()) {
      const file = join(NATIVE, folder, name)
      if (statSync(file).isFile()) hash.update(`${join(folder, name)}\0`).update(readFileSync(file))
    }
  return hash.digest('hex')
}

/**
 * @param {Architecture} architecture
 * @param {string} compiler
 * @param {string} folder an empty one
 * @returns {string} the file
 */
function build(architecture, compiler, folder) {
  const copy = join(folder, 'native')
  cpSync(NATIVE, copy, { recursive: true, filter: (file) => relative(NATIVE, file) !== 'build' })
  const { PATH, HOME } = process.env
  // Flags of the user's would make other bytes.
  const env = { PATH, HOME, LC_ALL: 'C' }
  const make = spawnSync('make', ['-s', '-C', copy, '-j', '2', 'portable=1', `CXX=${compiler}`], {
    env,
    encoding: 'utf8',
  })
  if (make.error) throw new Error(`make cannot be started: ${make.error.message}`)
  if (make.status !== 0) throw new Error(`building for ${architecture} failed:\n${make.stderr}`)
  return join(copy, 'build/portable/netlink.node')
}

/**
 * The glibc that a compiler links with: it knows since when each name is there.
 * @param {string} compiler
 * @returns {string | undefined}
 */
function glibcOf(compiler) {
  const file = spawnSync(compiler, ['-print-file-name=libc.so.6'], { encoding: 'utf8' }).stdout?.trim()
  return file && existsSync(file) ? file : undefined
}

/**
 * @param {Architecture} architecture
 * @param {string} file
 * @param {string | undefined} [glibc]
 * @returns {string[]} the names that it takes from a C library
 * @throws {Error} with all that is wrong with it
 */
function check(architecture, file, glibc) {
  const require = createRequire(join(PACKAGE, 'package.json'))
  /** @type {Record<string, { js_native_api_symbols: string[], node_api_symbols: string[] }>} */
  const byVersion = require('node-api-headers').symbols
  const version = byVersion.v8
  const addon = readElf(file)
  const problems = problemsOf(addon, {
    architecture,
    bytes: statSync(file).size,
    names: readNames(join(NATIVE, 'portable/names.txt')),
    nodeApi: new Set([...(version?.js_native_api_symbols ?? []), ...(version?.node_api_symbols ?? [])]),
    glibc: glibc === undefined ? undefined : readElf(glibc),
  })
  if (problems.length > 0)
    throw new Error(problems.map((problem) => `the addon for ${architecture} ${problem}`).join('\n'))
  return namesTaken(addon)
}

/** @param {Architecture} architecture */
function place(architecture) {
  return join(PREBUILDS, `linux-${architecture}`, 'netlink.node')
}

/**
 * A file is what its sources and its compiler make, as two builds of the same bytes have shown.
 * @typedef {{ sources: string, compiler: string, sha256: string }} Made
 */

/** @returns {Partial<Record<Architecture, Made>>} */
function readRecord() {
  return existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : {}
}

/** @param {string} file */
function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/**
 * What a compiler says of itself: its version, its target and how it was made.
 * @param {string} compiler
 * @returns {string}
 */
function describeCompiler(compiler) {
  return spawnSync(compiler, ['-v'], { encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C' } }).stderr
}

/**
 * @param {Architecture} architecture
 * @param {string} compiler
 */
function isMadeBy(architecture, compiler) {
  try {
    checkPrebuilt(architecture)
  } catch {
    return false
  }
  return readRecord()[architecture]?.compiler === describeCompiler(compiler)
}

/** @param {Architecture} architecture */
function prebuild(architecture) {
  const compiler = compilerFor(architecture)
  if (isMadeBy(architecture, compiler)) {
    console.log(
      `linux-${architecture}: is what its sources and the compiler make\n  sha256 ${sha256(place(architecture))}`,
    )
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-prebuild-'))
  try {
    const [first, second] = ['one', 'another-folder with a longer name'].map((name) => {
      mkdirSync(join(folder, name))
      return build(architecture, compiler, join(folder, name))
    })
    if (first === undefined || second === undefined) throw new Error('nothing was built')
    if (!readFileSync(first).equals(readFileSync(second)))
      throw new Error(`two builds for ${architecture} made different bytes`)
    const glibc = glibcOf(compiler)
    const names = check(architecture, first, glibc)
    const target = place(architecture)
    mkdirSync(dirname(target), { recursive: true })
    // In one step: others may have the file loaded, or be packing.
    cpSync(first, `${target}.new`)
    renameSync(`${target}.new`, target)
    const made = { sources: hashOfSources(), compiler: describeCompiler(compiler), sha256: sha256(target) }
    writeFileSync(RECORD, `${JSON.stringify({ ...readRecord(), [architecture]: made }, null, 2)}\n`)
    const bytes = readFileSync(target)
    const since =
      glibc === undefined ? 'the list; no glibc to compare with' : `glibc ${OLDEST_GLIBC.join('.')} and in the list`
    console.log(
      `linux-${architecture}: ${bytes.length} bytes (gzip ${gzipSync(bytes, { level: 9 }).length}), the same twice; ` +
        `${names.length} names of a C library, all in ${since}\n  sha256 ${sha256(target)}`,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {Architecture} architecture */
function checkPrebuilt(architecture) {
  const file = place(architecture)
  const made = readRecord()[architecture]
  if (made === undefined || !existsSync(file))
    throw new Error(`there is no prebuilt addon for linux-${architecture}: run \`pnpm prebuild\``)
  if (!existsSync(join(NATIVE, 'include')) || made.sources !== hashOfSources())
    throw new Error(`the prebuilt addon for linux-${architecture} is older than its sources: run \`pnpm prebuild\``)
  if (made.sha256 !== sha256(file))
    throw new Error(`${relative(ROOT, file)} is not what \`pnpm prebuild\` made: run it again`)
  check(architecture, file)
}

/**
 * @param {string[]} argv
 * @returns {number} the exit code
 */
function main(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { only: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const words = values.only?.split(',') ?? ARCHITECTURES
  const unknown = words.find((word) => !ARCHITECTURES.some((name) => name === word))
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of ${ARCHITECTURES.join(', ')}`)
  const chosen = ARCHITECTURES.filter((name) => words.includes(name))
  if (values.check) {
    for (const architecture of chosen) checkPrebuilt(architecture)
    return 0
  }
  for (const architecture of chosen) compilerFor(architecture)
  copyHeaders(join(NATIVE, 'include'))
  for (const architecture of chosen) prebuild(architecture)
  return 0
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
