import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Installer, install } from '../packing/installing.ts'
import { packOthers } from '../packing/others.ts'
import type { PackedPackage } from '../packing/pack.ts'
import { Registry } from '../packing/registry.ts'
import { run } from '../packing/run.ts'

/**
 * Publishes to a registry on this machine, installs the command from there into an empty folder, and runs it.
 * @param folder an empty one
 * @returns what was seen, a line each
 * @throws {Error} something of it failed, with all that was printed
 */
export async function rehearse(root: string, folder: string, packages: readonly PackedPackage[]): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const registry = await Registry.start(join(folder, 'registry'))
  try {
    // The registry of a rehearsal asks no other one.
    for (const file of packOthers(root, join(folder, 'others'))) await registry.publish(file)
    for (const { file } of packages) await registry.publish(file)
    const installer: Installer = 'npm'
    const place = await install(root, join(folder, 'user'), {
      installer,
      packages: ['@rtnl/cli'],
      registry: registry.url,
    })
    const { stdout: version } = await run('npx', ['rtnl', '--version'], place)
    const expected = packages[0]?.version
    if (version.trim() !== expected)
      throw new Error(`the installed rtnl has version ${version.trim()}, not ${expected}`)
    const { stdout: links } = await run('npx', ['rtnl', 'show', 'link', '--json'], place)
    const count = (JSON.parse(links) as unknown[]).length
    return [
      `${packages.length} packages published and installed`,
      `rtnl --version: ${version.trim()}`,
      `rtnl show link: ${count} links`,
    ]
  } finally {
    await registry.stop()
  }
}
