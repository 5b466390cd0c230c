import { transform } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

/**
 * The one build recipe of all packages: ESM for Node 20 and newer, with types. There are no source maps: they are more
 * than half of a package, and what is built is readable as it is, so that traces name places in it. There are no comments
 * either: they are in the types, for editors, and would be a fifth of the code.
 */
export function preset(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    // `AsyncDisposable` is in no lib that TypeScript has by default.
    dts: { banner: '/// <reference lib="esnext.disposable" />' },
    clean: true,
    plugins: [{ name: 'without comments', renderChunk: withoutComments }],
    ...options,
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
