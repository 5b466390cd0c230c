import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

/** `AsyncDisposable` is in no lib that TypeScript has by default. */
const BANNER = '/// <reference lib="esnext.disposable" />'

/** @param {string} source */
const declarationsOf = (source) => source.replace(/\.tsx?$/, '.d.ts')

/**
 * The part of a manifest that says what users import, and where that is.
 * @typedef {object} Manifest
 * @property {string} name
 * @property {Record<string, { 'rtnl-source': string }>} [exports]
 * @property {{ exports: Record<string, { types: string }> }} [publishConfig] of packages that are published
 */

/**
 * Writes the declarations of every source of the packages, one file each, by the compiler of TypeScript 7. Types are checked by
 * `pnpm typecheck`.
 * @param {string} root
 * @returns {Promise<(file: string) => string>} finds those of a file
 */
export async function emitDeclarations(root) {
  const folder = join(root, 'node_modules/.cache/declarations')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const options = { noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true }
  const project = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { ...options, rootDir: root, outDir: folder },
    // Not the entries alone: what is found by the name of its package only is not always written.
    include: [join(root, 'packages/*/src')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  const compiler = spawn(join(root, 'tools/node_modules/.bin/tsgo'), ['-p', folder], { stdio: 'inherit' })
  const [code] = await once(compiler, 'close')
  if (code !== 0) throw new Error('the compiler wrote no declarations')
  return (file) => declarationsOf(file.replace(root, folder))
}

/**
 * Writes the declarations that users of a package get: a file for each entry, and beside them what several entries share.
 * @param {string} folder of the package
 * @param {(file: string) => string} emitted
 */
export async function bundleDeclarations(folder, emitted) {
  /** @type {Manifest} */
  const { name, exports, publishConfig } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (publishConfig === undefined) return
  const entries = Object.entries(publishConfig.exports).map(([entry, { types }]) => {
    const source = exports?.[entry]?.['rtnl-source']
    const [, file] = /^\.\/dist\/(.+)\.d\.ts$/.exec(types) ?? []
    if (source === undefined || file === undefined)
      throw new Error(`${name}: the types of ${entry} have no source, or are not in dist`)
    return [file, emitted(join(folder, source))]
  })
  const bundle = await rollup({
    input: Object.fromEntries(entries),
    external: (id) => !/^[./]/.test(id),
    plugins: [
      {
        name: 'declarations of sources',
        resolveId: (id, importer) => importer && declarationsOf(resolve(dirname(importer), id)),
      },
      dts(),
    ],
    onwarn(warning) {
      // What entries share of the inside of a package has no name for users.
      if (!warning.message.includes('references private shared type exports'))
        throw new Error(`${name}: ${warning.message}`)
    },
  })
  await bundle.write({
    dir: join(folder, 'dist'),
    banner: BANNER,
    entryFileNames: '[name].d.ts',
    chunkFileNames: (chunk) => `${chunk.name.replace(/\.d$/, '')}-[hash].d.ts`,
  })
}
