import { existsSync, readFileSync } from 'node:fs'
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
  const { transform } = await import('esbuild')
  const { code } = await transform(readFileSync(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: path,
    sourcemap: 'inline',
  })
  return { format: 'module', source: code, shortCircuit: true }
}
