// The build of all packages, `dist` of each: one process for all, because loading the tools takes longer than their work for a package.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { bundleDeclarations, emitDeclarations } from './declarations.mjs'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** @returns {string[]} the folders of the workspace that say how they are built */
function builtFolders() {
  const inside = (/** @type {string} */ folder) => readdirSync(join(ROOT, folder)).map((name) => join(folder, name))
  return [...inside('packages'), ...inside('tools'), 'bench']
    .map((folder) => join(ROOT, folder))
    .filter((folder) => existsSync(join(folder, 'tsup.config.ts')))
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error))

/** @param {string[]} folders */
async function bundle(folders) {
  const emitting = emitDeclarations(ROOT)
  // It is awaited later: until then its failure is nobody's.
  emitting.catch(() => {})
  for (const folder of folders) {
    rmSync(join(folder, 'dist'), { recursive: true, force: true })
    // tsup takes the manifest and its configuration from here.
    process.chdir(folder)
    try {
      await build({ silent: true })
    } catch (cause) {
      throw new Error(`${folder}: ${messageOf(cause)}`, { cause })
    }
  }
  const emitted = await emitting
  for (const folder of folders) await bundleDeclarations(folder, emitted)
}

try {
  await bundle(builtFolders())
} catch (error) {
  console.error(`the packages cannot be built: ${messageOf(error)}`)
  process.exitCode = 1
}
