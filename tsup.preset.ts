import { defineConfig, type Options } from 'tsup'

/**
 * The one build recipe of all packages: ESM for Node 20 and newer, with types. There are no source maps: they are more
 * than half of a package, and what is built is readable as it is, so that traces name places in it.
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
    ...options,
  })
}
