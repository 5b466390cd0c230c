import { defineConfig, type Options } from 'tsup'

/** The one build recipe of all packages: ESM for Node 20 and newer, with types and source maps. */
export function preset(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    dts: true,
    sourcemap: true,
    clean: true,
    ...options,
  })
}
