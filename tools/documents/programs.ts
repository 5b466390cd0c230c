import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A program of a folder `examples`, which is one file. */
export interface Program {
  /** Without folder and ending: `keep-routes`. */
  readonly name: string
  /** Relative to the root. */
  readonly path: string
  readonly source: string
}

/** The programs that documents show: those of the workspace, and those of its packages. */
export function readPrograms(root: string): readonly Program[] {
  const folders = ['examples', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'examples'))]
  return folders.flatMap((folder) =>
    filesIn(join(root, folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({
        name: basename(file, '.ts'),
        path: join(folder, file),
        source: readFileSync(join(root, folder, file), 'utf8'),
      })),
  )
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
