import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describePnpm } from '../lib/pnpm.mjs'
import { run } from './fetch.mjs'

/** What a user asks for; the rest comes along. */
const ASKED_FOR = ['@rtnl/link', '@rtnl/nexthop', '@rtnl/route', '@rtnl/neighbor', '@rtnl/netlink-core']

/**
 * Packs the packages as they are published. Their checks of what is prebuilt are the caller's.
 * @param {string} root
 * @param {string} folder for the tarballs; emptied first
 * @returns {Map<string, string>} from name to tarball
 */
export function packAll(root, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pnpm = join(describePnpm(root).bin, 'pnpm')
  /** @type {Map<string, string>} */
  const tarballs = new Map()
  for (const name of readdirSync(join(root, 'packages'))) {
    const source = join(root, 'packages', name)
    /** @type {{ name: string, private?: boolean }} */
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
    if (manifest.private) continue
    const target = join(folder, name)
    mkdirSync(target)
    run(pnpm, ['--config.ignore-scripts=true', 'pack', '--pack-destination', target], source)
    for (const file of readdirSync(target)) tarballs.set(manifest.name, join(target, file))
  }
  return tarballs
}

/**
 * Makes a folder as a user has it: an empty one, in which the packages were installed. Packages that these depend on come
 * from the tarballs too, all else from the registry. No script is run.
 * @param {string} root
 * @param {string} folder emptied first
 * @param {Map<string, string>} tarballs
 */
export function installApp(root, folder, tarballs) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const overrides = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]))
  const dependencies = Object.fromEntries(ASKED_FOR.map((name) => [name, overrides[name]]))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module', dependencies, overrides }),
  )
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--silent'], folder)
  for (const file of ['check.mjs', 'worker.mjs']) copyFileSync(join(root, 'tools/matrix/app', file), join(folder, file))
}
