import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The bundle that the test runner made of a file.
 * @param {string} path
 * @returns {string | undefined}
 */
function bundleOf(path) {
  const folder = process.env.RTNL_TEST_BUNDLES
  if (folder === undefined) return undefined
  const bundle = `${folder}/${relative(ROOT, path).replace(/\.ts$/, '.mjs')}`
  return existsSync(bundle) ? bundle : undefined
}

/**
 * A module for JSON that is imported without an attribute, as compilers allow: each member of the object is exported.
 * @param {string} text
 */
function moduleOf(text) {
  const members = Object.entries(JSON.parse(text))
  const lines = members.map(
    ([name, value], index) =>
      `const value${index} = ${JSON.stringify(value)}; export { value${index} as ${JSON.stringify(name)} }`,
  )
  return [`export default ${text}`, ...lines.filter((_, index) => members[index]?.[0] !== 'default')].join('\n')
}

/**
 * Types are removed in place of a bundle where there is none: of programs that tests start.
 * @type {import('node:module').LoadHook}
 */
export async function load(url, context, nextLoad) {
  const isJson = url.endsWith('.json') && context.importAttributes.type === undefined
  if (!url.startsWith('file:') || !(url.endsWith('.ts') || isJson)) return nextLoad(url, context)
  const path = fileURLToPath(url)
  if (isJson) return { format: 'module', source: moduleOf(readFileSync(path, 'utf8')), shortCircuit: true }
  const bundle = bundleOf(path)
  if (bundle !== undefined) {
    const source = `import ${JSON.stringify(pathToFileURL(bundle).href)}`
    return { format: 'module', source, shortCircuit: true }
  }
  return { format: 'module', source: await translated(path), shortCircuit: true }
}

/**
 * A source as JavaScript. Esbuild is a program, which takes longer to start than a process that a test starts has to do: processes of
 * a run keep for each other what it made.
 * @param {string} path
 */
async function translated(path) {
  const source = readFileSync(path, 'utf8')
  const folder = process.env.RTNL_TEST_BUNDLES
  const name = createHash('sha1').update(path).update(source).digest('hex')
  const kept = folder && `${folder}/translated-${name}.mjs`
  if (kept && existsSync(kept)) return readFileSync(kept, 'utf8')
  const { transform } = await import('esbuild')
  const options = /** @type {const} */ ({ loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline' })
  const { code } = await transform(source, { ...options, sourcefile: path })
  if (kept)
    try {
      writeFileSync(`${kept}.${process.pid}`, code)
      renameSync(`${kept}.${process.pid}`, kept)
    } catch {
      // Some processes of tests are those of users who may not write there.
    }
  return code
}
