import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const packages = join(dirname(fileURLToPath(import.meta.url)), '../../packages')

/** Where the sources are published. */
const home = 'https://github.com/rtnl/rtnl'

/** The layers, lowest first: a package imports only from layers below its own. */
const LAYERS = [
  ['vec-utils', 'names'],
  ['netlink-core'],
  ['notifier'],
  ['live-table'],
  ['reconcile'],
  ['link'],
  ['nexthop'],
  ['route', 'neighbor', 'bridge', 'rule', 'address'],
  ['evpn', 'explain', 'fake-kernel', 'recorder', 'metrics', 'fleet'],
  ['tables'],
  ['web'],
  ['agent'],
  ['cli'],
]

/** The file that is published with the packages of others that it needs inside. */
const BUNDLE = { file: 'cli/src/top/view/frame.ts', packages: ['ink', 'react'] }

type Conditions = Record<string, string>

interface Manifest {
  name: string
  description: string
  keywords: string[]
  homepage: string
  bugs: string
  license: string
  repository: { type: string; url: string; directory: string }
  engines: Record<string, string>
  sideEffects: boolean
  os?: string[]
  exports: Record<string, Conditions>
  publishConfig: { access: string; exports: Record<string, Conditions> }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const names = readdirSync(packages)
const readManifest = (name: string): Manifest => JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
const layerOf = (name: string) => LAYERS.findIndex((layer) => layer.includes(name))

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
}

/** The packages of the workspace, and others, that a text imports from: "@rtnl/link", "commander". */
function importsOf(source: string): string[] {
  return [...source.matchAll(/^(?:(?:import|export|\}) .*\bfrom |import |.*\bimport\()'([^'.][^']*)'/gm)]
    .map(([, specifier]) => specifier ?? '')
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}

const workspace = suite('workspace')

workspace('what is closed at once can be closed by `using` and by `await using`', async () => {
  const lacking: string[] = []
  for (const name of names) {
    const entries: Record<string, unknown> = await import(join(packages, name, 'src/index.ts'))
    for (const [exported, value] of Object.entries(entries)) {
      if (typeof value !== 'function' || typeof value.prototype?.close !== 'function') continue
      for (const symbol of [Symbol.dispose, Symbol.asyncDispose]) {
        if (!(symbol in value.prototype)) lacking.push(`${exported} of ${name}: ${String(symbol)}`)
      }
    }
  }
  assert.equal(lacking, [])
})

workspace('what an internal entry exports is exported by no other entry', async () => {
  for (const name of names) {
    const internal = join(packages, name, 'src/internal.ts')
    if (!existsSync(internal)) continue
    const everybody = Object.keys(await import(join(packages, name, 'src/index.ts')))
    const shared = Object.keys(await import(internal)).filter((exported) => everybody.includes(exported))
    assert.equal(shared, [], name)
  }
})

workspace(
  'a package of a table loads neither the engine of the reconciler nor the streams of Node.js when it is imported',
  () => {
    const engine = /^import (?!type ).*'@rtnl\/reconcile'/m
    const fileSystem = /^import (?!type ).*'node:fs'/m
    const found: string[] = []
    for (const name of names.filter((each) => !['agent', 'cli', 'reconcile', 'web'].includes(each))) {
      for (const file of sourceFiles(join(packages, name, 'src'))) {
        const source = readFileSync(file, 'utf8').replace(/^import \{[^}]*\} from/gm, (text) =>
          text.replaceAll(/\s+/g, ' '),
        )
        if (engine.test(source) || fileSystem.test(source)) found.push(relative(packages, file))
      }
    }
    assert.equal(found, [])
  },
)

workspace('every package has its place in the layers', () => {
  for (const name of names) assert.is.not(layerOf(name), -1, name)
})

workspace('packages import only what lies below them, and only what their manifest names', () => {
  for (const name of names) {
    const { dependencies = {}, peerDependencies = {} } = readManifest(name)
    const named = { ...dependencies, ...peerDependencies }
    for (const file of sourceFiles(join(packages, name, 'src')))
      for (const imported of importsOf(readFileSync(file, 'utf8'))) {
        if (relative(packages, file) === BUNDLE.file && BUNDLE.packages.includes(imported)) continue
        const place = `${relative(packages, file)} imports ${imported}`
        assert.ok(imported in named || imported === `@rtnl/${name}`, `${place}, which its package.json lacks`)
      }
    for (const dependency of Object.keys(dependencies).filter((key) => key.startsWith('@rtnl/')))
      assert.ok(layerOf(dependency.slice('@rtnl/'.length)) < layerOf(name), `${name} depends on ${dependency}`)
  }
})

workspace('every entry point leads to its source here and to the build when published', () => {
  for (const name of names) {
    const { exports, publishConfig } = readManifest(name)
    assert.equal(Object.keys(publishConfig.exports), Object.keys(exports), name)
    for (const [entry, conditions] of Object.entries(exports)) {
      const { default: built = '', ...sources } = conditions
      assert.equal(Object.keys(sources), ['rtnl-source', 'deno', 'bun', 'types'], `${name} ${entry}`)
      for (const source of Object.values(sources))
        assert.ok(existsSync(join(packages, name, source)), `${name}: ${source}`)
      assert.equal(publishConfig.exports[entry], { types: built.replace(/\.js$/, '.d.ts'), default: built }, name)
    }
  }
})

workspace('the build makes every file that is published as an entry point, with types', () => {
  for (const name of names)
    for (const { types = '', default: built = '' } of Object.values(readManifest(name).publishConfig.exports))
      for (const file of [types, built]) assert.ok(existsSync(join(packages, name, file)), `${name}: ${file}`)
})

workspace('every manifest says what a package is, where it comes from and what it needs', () => {
  for (const name of names) {
    const { description, keywords, homepage, bugs, license, repository, engines, sideEffects, os } = readManifest(name)
    assert.ok(description.length > 0 && keywords.length > 0, name)
    assert.equal(repository, { type: 'git', url: `git+${home}.git`, directory: `packages/${name}` }, name)
    assert.is(homepage, `${home}/tree/main/packages/${name}#readme`)
    assert.is(bugs, `${home}/issues`)
    assert.is(license, 'Apache-2.0')
    assert.equal(engines, { node: '>=20' }, name)
    assert.is(sideEffects, false)
    // A system would then refuse to install what it can import, and a program for Linux could not be written on it.
    assert.is(os, undefined, name)
  }
})

workspace.run()
