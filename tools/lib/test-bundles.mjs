import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** An import of what a program computes the name of: no bundle has it. */
const COMPUTED_IMPORT = /\bimport\((?!\s*['"`])/

/**
 * Leaves packages of others where they are, by full paths, and bundles the sources of the workspace, which still know where
 * they lie.
 * @type {import('esbuild').Plugin}
 */
const workspaceOnly = {
  name: 'workspace-only',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === workspaceOnly) return undefined
      if (path.startsWith('node:')) return { path, external: true }
      const resolved = await esbuild.resolve(path, { kind, resolveDir, pluginData: workspaceOnly })
      if (resolved.errors.length > 0) return { path, external: true }
      return resolved.path.includes('/node_modules/')
        ? { path: pathToFileURL(resolved.path).href, external: true }
        : resolved
    })
    esbuild.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href)
      const text = readFileSync(path, 'utf8')
      if (COMPUTED_IMPORT.test(text)) computing.add(path)
      const contents = text
        .replaceAll(/import\.meta\.resolve\(([^()]+)\)/g, `import.meta.resolve($1, ${url})`)
        .replaceAll('import.meta.url', url)
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}

/** What a file names without importing it, and what it names at all. */
const NAMED = /(?<!from |import |import\()'(\.{1,2}\/[^'\n]+\.ts)'/g
const NAMED_OR_IMPORTED = /'(\.{1,2}\/[^'\n]+\.ts)'/g

/**
 * The programs and workers that files of a test folder start: what they name without importing it. Files in JavaScript are not
 * compiled, so that also what these import is loaded by itself.
 * @param {string} folder
 * @returns {string[]} paths
 */
function programsNamedIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .flatMap((path) => {
      const file = join(folder, path)
      const names = readFileSync(file, 'utf8').matchAll(path.endsWith('.ts') ? NAMED : NAMED_OR_IMPORTED)
      return [...names].map(([, name = '']) => join(dirname(file), name))
    })
    .filter((path) => existsSync(path))
}

/** Sources with a computed import. @type {Set<string>} */
const computing = new Set()

/**
 * The bundles from which no source that computes an import is reached.
 * @param {import('esbuild').Metafile} metafile
 * @param {string} root
 * @returns {Set<string>} the paths of what they are bundles of, relative to the root
 */
function completeBundles({ outputs }, root) {
  /** @param {string} output @param {Set<string>} seen @returns {boolean} */
  const computes = (output, seen) => {
    if (seen.has(output)) return false
    seen.add(output)
    const { inputs = {}, imports = [] } = outputs[output] ?? {}
    return (
      Object.keys(inputs).some((input) => computing.has(join(root, input))) ||
      imports.some(({ path, external }) => !external && computes(path, seen))
    )
  }
  const entries = Object.entries(outputs).filter(([output]) => !computes(output, new Set()))
  return new Set(entries.flatMap(([, { entryPoint }]) => entryPoint ?? []))
}

/**
 * Compiles test files for Node.js once, together with what they import: else each process would compile and load hundreds of
 * modules one by one. `typescript-hooks.mjs` gives them to the processes.
 * @param {string} root
 * @param {readonly string[]} paths of test files, relative to the root
 * @returns {Promise<{ folder: string, complete: Set<string>, remove: () => void }>} `folder` has a bundle for each file, under the
 *   file's own path; `complete`: those of the files whose bundle needs nothing else of the workspace
 * @throws {Error} of esbuild, which names the file and line that it cannot read
 */
export async function bundleTests(root, paths) {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'test-bundles-'))
  // Tests start some programs as another user.
  chmodSync(folder, 0o755)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const folders = new Set(paths.map((path) => join(root, path.replace(/(\/test)\/.*$/, '$1'))))
  const programs = [...folders].flatMap(programsNamedIn)
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [...new Set([...paths.map((path) => join(root, path)), ...programs])],
      outbase: root,
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['rtnl-source'],
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'silent',
      metafile: true,
      plugins: [workspaceOnly],
    })
    return { folder, complete: completeBundles(metafile, root), remove }
  } catch (error) {
    remove()
    throw error
  }
}
