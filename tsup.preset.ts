import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

/**
 * The one build recipe of all packages: ESM for Node 20 and newer; `tools/bundling` adds the types. There are no source maps: they are more
 * than half of a package, and what is built is readable as it is, so that traces name places in it. There are no comments
 * either: they are in the types, for editors, and would be a fifth of the code.
 */
export function preset(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    plugins: [{ name: 'without comments', renderChunk: withoutComments }],
    ...options,
    esbuildOptions(given, context) {
      // esbuild would take the folder that it has been loaded in.
      given.absWorkingDir = process.cwd()
      options.esbuildOptions?.(given, context)
    },
  })
}

/**
 * esbuild leaves comments out only together with white space. What it indents by two columns is indented by one: the other
 * one is a two-hundredth of what a package weighs. Lines of compact code are those of texts, which stay as they are.
 */
async function withoutComments(
  this: unknown,
  code: string,
  { path }: { readonly path: string },
): Promise<{ code: string } | undefined> {
  if (!path.endsWith('.js')) return undefined
  const compact = await transform(code, { minifyWhitespace: true, minifySyntax: true, legalComments: 'inline' })
  const { code: readable } = await transform(compact.code)
  const narrow = readable.replaceAll(/^( +)\1([^ `$\n][^`$\n]*)/gm, (line, indent, rest) =>
    compact.code.includes(`\n${line}`) ? line : indent + rest,
  )
  return { code: narrow }
}

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
export function licensesOf(file: string): Plugin {
  return {
    name: 'licenses',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        if (metafile === undefined) return
        const folders = Object.keys(metafile.inputs).flatMap(
          (input) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
        )
        mkdirSync(dirname(file), { recursive: true })
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
