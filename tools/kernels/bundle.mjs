import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** A program that a source starts in a process of its own: by `new URL('./child-sync.ts', import.meta.url)`, for example. */
const STARTED = /new URL\('([\w./-]*\b(?:child-[\w-]+|follower|isolated)\.ts)', import\.meta\.url\)/g
/** Put together, since what compiles this file would take it for the place of this file. */
const OWN_PLACE = ['import', 'meta', 'url'].join('.')
/** Beside the bundle of a program stand no sources: it has an ending of its own. */
const ENDING = '.bundle.mjs'

/**
 * Puts programs of TypeScript and all that they import into one file each, and the programs that they start as well. Loading and
 * translating some hundred sources takes a minute where processors are emulated.
 * @param {string} root of the checkout
 * @param {readonly string[]} entries paths relative to it
 * @param {string} folder where the bundles are written, below the same paths
 * @returns {Promise<(entry: string) => string>} path of an entry's bundle
 */
export async function bundlePrograms(root, entries, folder) {
  const bundleOf = (/** @type {string} */ path) => join(folder, path.slice(root.length).replace(/\.ts$/, ENDING))
  const done = /** @type {Set<string>} */ (new Set())
  let waiting = entries.map((entry) => join(root, entry))
  while (waiting.length > 0) {
    const started = /** @type {Set<string>} */ (new Set())
    await build({
      entryPoints: waiting,
      outbase: root,
      outdir: folder,
      outExtension: { '.js': ENDING },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['rtnl-source'],
      // Modules of CommonJS ask for those of Node.js by it.
      banner: {
        js: `import { createRequire as bundled } from 'node:module'\nconst require = bundled(${OWN_PLACE})`,
      },
      logLevel: 'error',
      plugins: [
        {
          name: 'places',
          setup: ({ onLoad }) => {
            // Ink loads it, and a package that is not there, only for whoever develops Ink.
            onLoad({ filter: /\/ink\/build\/devtools\.js$/ }, () => ({ contents: '' }))
            onLoad({ filter: /\.ts$/ }, ({ path }) => {
              const source = readFileSync(path, 'utf8').replaceAll(STARTED, (_, file) => {
                const program = resolve(dirname(path), file)
                started.add(program)
                return `new URL(${JSON.stringify(pathToFileURL(bundleOf(program)))})`
              })
              // What a source finds by its own place stays where it is.
              const here = JSON.stringify(pathToFileURL(path))
              const isProgram = waiting.includes(path) && source.includes(`fileURLToPath(${OWN_PLACE})]`)
              const contents = isProgram ? source : source.replaceAll(OWN_PLACE, here)
              return { contents, loader: 'ts' }
            })
          },
        },
      ],
    })
    for (const path of waiting) done.add(path)
    waiting = [...started].filter((path) => !done.has(path))
  }
  return (entry) => bundleOf(join(root, entry))
}
