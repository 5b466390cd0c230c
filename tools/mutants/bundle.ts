import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { build } from 'esbuild'
import { root } from './scope.ts'

/** One change of a source, which is made while its id is the active one. */
export interface Mutant {
  readonly id: string
  /** Below the root. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** The name that Stryker has for changes of this kind. */
  readonly kind: string
  readonly original: string
  readonly replacement: string
}

const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
}

/** What an error says is no behaviour that a table depends on: its texts stay. */
const texts: Parameters<Instrumenter['instrument']>[1]['ignorers'][number] = {
  shouldIgnore(path) {
    const { node } = path as unknown as {
      readonly node: { readonly type: string; readonly callee?: { name?: string } }
    }
    const isError = node.type === 'NewExpression' && node.callee?.name?.endsWith('Error') === true
    return isError ? 'text of an error' : undefined
  },
}

export interface Instrumented {
  readonly mutants: readonly Mutant[]
  /** Sources with all mutants in them, by path below the root. */
  readonly sources: ReadonlyMap<string, string>
}

/** Puts all mutants into sources. None of them is active. */
export async function instrument(paths: readonly string[]): Promise<Instrumented> {
  const originals = new Map<string, string>()
  for (const path of paths) originals.set(path, await readFile(join(root, path), 'utf8'))
  const files = [...originals].map(([name, content]) => ({ name, content, mutate: true }))
  const options = { plugins: null, excludedMutations: [], ignorers: [texts] }
  const result = await new Instrumenter(silent).instrument(files, options)
  const mutants = result.mutants
    .filter(({ statusReason }) => statusReason === undefined)
    .map(({ id, fileName, mutatorName, replacement, location: { start, end } }) => {
      const lines = originals
        .get(fileName)!
        .split('\n')
        .slice(start.line, end.line + 1)
      lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column)
      lines[0] = lines[0]!.slice(start.column)
      const place = { line: start.line + 1, column: start.column + 1 }
      return { id, file: fileName, ...place, kind: mutatorName, original: lines.join('\n'), replacement }
    })
  return { mutants, sources: new Map(result.files.map(({ name, content }) => [name, content])) }
}

/**
 * Makes modules of tests and of what they test, which share one copy of the sources.
 * @param folder where they are written
 * @returns the module of each test, and the one that runs them
 */
export async function bundle(
  folder: string,
  tests: readonly string[],
  sources: ReadonlyMap<string, string>,
): Promise<{ readonly child: string; readonly modules: ReadonlyMap<string, string> }> {
  const here = dirname(fileURLToPath(import.meta.url))
  const names = new Map(tests.map((test, place) => [test, `test${place}`]))
  await build({
    entryPoints: {
      child: join(here, 'child.ts'),
      ...Object.fromEntries([...names].map(([test, name]) => [name, join(root, test)])),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['rtnl-source'],
    plugins: [
      {
        name: 'mutants',
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^uvu$/ }, () => ({ path: join(here, 'suites.ts') }))
          const properties = join(here, 'properties.ts')
          onResolve({ filter: /^fast-check$/ }, ({ importer }) =>
            importer === properties ? undefined : { path: properties },
          )
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = sources.get(relative(root, path))
            return contents === undefined ? undefined : { contents, loader: 'ts' }
          })
        },
      },
    ],
    logLevel: 'silent',
  })
  const moduleOf = (name: string): string => join(folder, `${name}.mjs`)
  return { child: moduleOf('child'), modules: new Map([...names].map(([test, name]) => [test, moduleOf(name)])) }
}
