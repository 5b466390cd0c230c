import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import { preset } from '../../tsup.preset.ts'

/** The module that makes the screens of `rtnl top`, as the sources name it. */
const frame = /\/view\/frame\.ts$/
/** What is built of it. */
const built = './top-frame.js'

/**
 * Ink and all that it needs are inside a file of their own, which only `rtnl top` loads: an installation has none of its
 * forty packages, and the other commands start as before.
 */
export default defineConfig([
  options({
    esbuildPlugins: [
      {
        name: 'frame',
        setup: (build) => build.onResolve({ filter: frame }, () => ({ path: built, external: true })),
      },
    ],
  }),
  options({
    entry: { 'top-frame': 'src/top/view/frame.ts' },
    dts: false,
    clean: false,
    splitting: false,
    noExternal: [/./],
    esbuildPlugins: [
      {
        name: 'no tools of development',
        setup(build) {
          build.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: 'nothing' }))
          build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }))
        },
      },
      licensesOf('dist/top-frame.notices.txt'),
    ],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Some of it is CommonJS, and asks for modules of the runtime.
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
  }),
])

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** A package of others, as its manifest tells it. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly repository?: string | { readonly url: string }
}

/**
 * Writes the licences of the packages that a build has put into its file, as these ask for.
 * @param file that is written
 */
function licensesOf(file: string): Plugin {
  return {
    name: 'licenses',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        if (metafile === undefined) return
        const folders = Object.keys(metafile.inputs).flatMap(
          (input) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
        )
        writeFileSync(file, [...new Set(folders)].map(licenseText).sort().join('\n'))
      })
    },
  }
}

function licenseText(folder: string): string {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { name, version, license, repository } = manifest
  if (license === undefined) throw new Error(`${folder} does not say under which licence it is`)
  const texts = readdirSync(folder).filter((entry) => /^licen[cs]e/i.test(entry))
  // Some have only the name of the licence, and the text where they come from.
  const home = typeof repository === 'string' ? repository : repository?.url
  const text = texts.map((entry) => readFileSync(join(folder, entry), 'utf8').trim()).join('\n\n')
  return `${name} ${version} (${license}, ${home})\n\n${text}\n`
}

/** The build recipe with something else. */
function options(other: Options): Options {
  return preset(other) as Options
}
