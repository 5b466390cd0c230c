import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { type Replacement, replaceIn } from './replace.ts'
import { sharpened } from './sharpened.ts'

const here = dirname(fileURLToPath(import.meta.url))
const packages = join(here, '../../packages')

/** Timers of the code under test are virtual. */
const virtualTimers: Plugin = {
  name: 'virtual-timers',
  setup({ onResolve }) {
    onResolve({ filter: /^node:timers$/ }, () => ({ path: join(here, 'virtual/timers.ts') }))
    onResolve({ filter: /^node:timers\/promises$/ }, () => ({ path: join(here, 'virtual/timers-promises.ts') }))
  },
}

function replacing(replacements: readonly Replacement[]): Plugin {
  const unused = new Set(replacements)
  return {
    name: 'replacing',
    setup({ onLoad, onEnd }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = replacements.filter(({ file }) => path === join(packages, file))
        if (own.length === 0) return undefined
        for (const replacement of own) unused.delete(replacement)
        return { contents: replaceIn(await readFile(path, 'utf8'), path, own), loader: 'ts' }
      })
      onEnd(() => {
        for (const { file } of unused) throw new Error(`${file} is no part of what is tested`)
      })
    },
  }
}

/**
 * Makes one module of the scheduler and of the sources of the library, in which time is virtual.
 * @param outfile where the module is written
 * @param defects changes of the library that the schedules are to find
 */
export async function bundle(outfile: string, defects: readonly Replacement[] = []): Promise<void> {
  await build({
    entryPoints: [join(here, 'run/worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['rtnl-source'],
    define: { 'Math.random': 'virtualRandom' },
    inject: [join(here, 'virtual/globals.ts')],
    plugins: [virtualTimers, replacing([...sharpened, ...defects])],
    logLevel: 'silent',
  })
}
