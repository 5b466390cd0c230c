import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/fetch.mjs'

/** What a user asks for; the rest comes along. */
const ASKED_FOR = [
  '@rtnl/link',
  '@rtnl/nexthop',
  '@rtnl/route',
  '@rtnl/neighbor',
  '@rtnl/bridge',
  '@rtnl/evpn',
  '@rtnl/rule',
  '@rtnl/address',
  '@rtnl/netlink-core',
]

/**
 * Makes a new folder as a user has it: an empty one, in which the packages were installed. Packages that these depend on come
 * from the tarballs too, all else from the registry. No script is run.
 * @param {string} root
 * @param {string} folder
 * @param {Map<string, import('../packing/pack.ts').PackedPackage>} packed
 */
export function installApp(root, folder, packed) {
  mkdirSync(folder, { recursive: true })
  const overrides = Object.fromEntries([...packed].map(([name, { file }]) => [name, `file:${file}`]))
  const dependencies = Object.fromEntries(ASKED_FOR.map((name) => [name, overrides[name]]))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module', dependencies, overrides }),
  )
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--silent'], folder)
  for (const file of ['check.mjs', 'worker.mjs']) copyFileSync(join(root, 'tools/matrix/app', file), join(folder, file))
}
