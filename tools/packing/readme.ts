import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a README promises to whoever installs its package. */
export interface Promised {
  /** The packages of its install line. */
  readonly packages: readonly string[]
  /** Its first example in JavaScript; undefined where there is none. */
  readonly example: string | undefined
  /** What it says that the example needs on Deno. */
  readonly permissions: readonly string[]
}

/** Reads the README in a package's folder. */
export function readPromises(folder: string): Promised {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const [, packages = ''] = /^npm install (?:--global )?(.+)$/m.exec(text) ?? []
  const [, permissions = ''] = /(?:Deno needs `|run on Deno \| `|deno run )((?:--allow-[\w=/]+ ?)+)/.exec(text) ?? []
  return {
    packages: packages.split(' ').filter((word) => word !== ''),
    example: /^## Example\n\n```js\n(.+?)^```$/ms.exec(text)?.[1],
    permissions: permissions.split(' ').filter((word) => word !== ''),
  }
}
