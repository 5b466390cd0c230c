import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * pnpm in the version that package.json names, in a folder of the checkout: found again without asking the registry,
 * as npx would each time, and on the PATH of turbo, which needs it there.
 * @param {string} root
 * @returns {{ name: string, folder: string, bin: string, isInstalled: boolean }} `name` with version; `bin`: for PATH
 */
export function describePnpm(root) {
  /** @type {{ packageManager: string }} */
  const { packageManager: name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(root, '.cache', name)
  const bin = join(folder, 'node_modules', '.bin')
  return { name, folder, bin, isInstalled: existsSync(join(bin, 'pnpm')) }
}
