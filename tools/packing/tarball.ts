import { basename } from 'node:path'
import { create, list } from 'tar'

/** The files of a package's tarball by their paths in the package, each with its content. */
export type Tarball = ReadonlyMap<string, Buffer>

/** What is used of the manifest of a package. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export function readTarball(file: string): Tarball {
  const contents = new Map<string, Buffer>()
  list({
    file,
    sync: true,
    onReadEntry(entry) {
      const chunks: Buffer[] = []
      entry.on('data', (chunk) => chunks.push(chunk))
      // All are in one folder.
      if (entry.type === 'File')
        entry.on('end', () => contents.set(entry.path.replace(/^[^/]+\//, ''), Buffer.concat(chunks)))
    },
  })
  return contents
}

export function manifestOf(tarball: Tarball): Manifest {
  return JSON.parse(tarball.get('package.json')!.toString())
}

/** Puts all files of a package into a tarball, as they are; what is installed inside of it is not its own. */
export function packFolder(folder: string, file: string): void {
  create(
    {
      file,
      sync: true,
      gzip: { level: 1 },
      cwd: folder,
      prefix: 'package/',
      filter: (path) => basename(path) !== 'node_modules',
    },
    ['.'],
  )
}
