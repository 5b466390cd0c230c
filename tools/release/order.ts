import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from '../packing/pack.ts'

/** The names of all packages, none before one that it needs: so that what is published can always be installed. */
export function publishingOrder(root: string): string[] {
  const folders = packageFolders(root)
  const ordered = new Set<string>()
  const add = (name: string, folder: string): void => {
    const manifest: { dependencies?: Record<string, string> } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    )
    for (const needed of Object.keys(manifest.dependencies ?? {})) {
      const place = folders.get(needed)
      if (place !== undefined && !ordered.has(needed)) add(needed, place)
    }
    ordered.add(name)
  }
  for (const [name, folder] of folders) add(name, folder)
  return [...ordered]
}
