// `pnpm executable`: the command `rtnl` as one file, for machines without Node.js. Bun runs this, and is inside what it makes.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CORE = join(ROOT, 'packages/netlink-core')
const CLI = join(ROOT, 'packages/cli')

/** By the names of the files: the architecture as Node names it. Those for musl run on Alpine. */
const TARGETS = /** @type {const} */ ({ x64: 'x64', arm64: 'arm64', 'x64-musl': 'x64', 'arm64-musl': 'arm64' })
/** @typedef {keyof typeof TARGETS} Target */
const NAMES = /** @type {Target[]} */ (Object.keys(TARGETS))

const USAGE = `usage: bun tools/executable.mjs [OPTIONS]

Makes rtnl as one executable file with everything inside: OUT/rtnl-linux-{${NAMES.join(',')}}.
It needs the prebuilt addons (pnpm prebuild). For another target than this machine's Bun comes from the npm registry.

  --only LIST        only these of ${NAMES.join(', ')} (comma-separated)
  --addon FILE       this addon instead of the prebuilt one; for one target
  --out FOLDER       where to put them (build)
  --help             this text`

/**
 * The part of Bun that is used here.
 * @typedef {{ filter: RegExp }} Filter
 * @typedef {{ onLoad(filter: Filter, load: () => { contents: string, loader: 'js' }): void }} Builder
 * @typedef {{ build(options: object): Promise<{ success: boolean, logs: unknown[] }> }} Bun
 */

/**
 * What takes the place of the module that finds the addon: inside one file there is no folder to look into.
 * @param {string} addon
 */
const embedded = (addon) => `import file from ${JSON.stringify(addon)} with { type: 'file' }
import { UnsupportedError } from './errors.ts'
let binding
export function loadAddon() {
  if (binding !== undefined) return binding
  const module = { exports: {} }
  try {
    process.dlopen(module, file)
  } catch (cause) {
    const text = 'the socket addon inside this file cannot be loaded (' + cause.message + '): '
    throw new UnsupportedError(text + 'set TMPDIR to a folder on a file system that may have executables', { cause })
  }
  return (binding = module.exports)
}`

/**
 * @param {Bun} bun
 * @param {Target} target
 * @param {string} addon
 * @param {string} outfile
 */
async function build(bun, target, addon, outfile) {
  const { success, logs } = await bun.build({
    entrypoints: [join(CLI, 'src/main.ts')],
    minify: true,
    // Of React, which makes the screens of `rtnl top`, the part that is for users.
    define: { 'process.env.NODE_ENV': '"production"' },
    // The names of errors are read by people.
    keepNames: true,
    compile: {
      target: `bun-linux-${target}`,
      outfile,
      // Root runs it in any folder: nothing that lies there may be taken for settings or code.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    plugins: [
      {
        name: 'embedded addon',
        /** @param {Builder} builder */
        setup(builder) {
          const filter = /netlink-core\/src\/addon\.ts$/
          builder.onLoad({ filter }, () => ({ contents: embedded(addon), loader: 'js' }))
        },
      },
      {
        name: 'no tools of development',
        /** @param {Builder} builder */
        setup(builder) {
          builder.onLoad({ filter: /ink\/build\/devtools\.js$/ }, () => ({ contents: '', loader: 'js' }))
        },
      },
    ],
  })
  if (!success) throw new Error(`building for ${target} failed:\n${logs.join('\n')}`)
}

/**
 * Runs the file, if this machine can, and returns how long it takes to start.
 * @param {string} file
 * @param {string} version
 */
function start(file, version) {
  const begin = performance.now()
  const { status, stdout, stderr } = spawnSync(file, ['--version'], { env: {}, encoding: 'utf8' })
  if (status !== 0 || stdout.trim() !== version) throw new Error(`${file} --version printed ${stdout}${stderr}`)
  return `starts in ${Math.round(performance.now() - begin)} ms`
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      addon: { type: 'string' },
      out: { type: 'string', default: 'build' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const bun = /** @type {{ Bun?: Bun }} */ (globalThis).Bun
  if (bun === undefined) throw new Error('run it by Bun: npx bun tools/executable.mjs')
  const words = values.only?.split(',') ?? NAMES
  const unknown = words.find((word) => !NAMES.some((name) => name === word))
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of ${NAMES.join(', ')}`)
  const targets = NAMES.filter((name) => words.includes(name))
  if (values.addon !== undefined && targets.length !== 1) throw new Error('--addon: for one target only, see --only')
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8'))
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  for (const target of targets) {
    const addon = resolve(values.addon ?? join(CORE, `prebuilds/linux-${TARGETS[target]}/netlink.node`))
    if (!existsSync(addon)) throw new Error(`${addon} is not there: run \`pnpm prebuild\` first`)
    const file = join(out, `rtnl-linux-${target}`)
    await build(bun, target, addon, file)
    const size = `${(statSync(file).size / 1e6).toFixed(1)} MB`
    const own = target === process.arch
    console.log(`${file}  ${size}  ${own ? start(file, version) : 'not started: it is for another machine'}`)
  }
}

try {
  await main()
} catch (error) {
  console.error(`executable: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
