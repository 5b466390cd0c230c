import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Found, findEach } from './absent.ts'
import { folder } from './folder.ts'

const run = promisify(execFile)

/** A JavaScript runtime that contestants of ours run on. */
export interface Runtime {
  readonly name: string
  /** To be followed by a file and its arguments. */
  readonly command: readonly string[]
}

/** The one that the benchmark runs on. */
export const node: Runtime = { name: 'Node.js', command: [process.execPath, ...process.execArgv, '--expose-gc'] }

const others = [
  {
    name: 'Deno',
    file: 'deno',
    // The file that npm installs starts another one, which would not get the channel to the benchmark.
    words: ['eval', 'console.log(Deno.execPath())'],
    options: ['run', '-A', '--v8-flags=--expose-gc'],
  },
  { name: 'Bun', file: 'bun', words: ['--print', 'process.execPath'], options: ['--expose-gc'] },
]

/** Contestants on other runtimes have their name at the end of their own. */
export function isOnNode(contestant: { readonly name: string }): boolean {
  return !others.some(({ name }) => contestant.name.endsWith(`, ${name}`))
}

/** Looks for Deno and Bun: those of the workspace, or those on the path. */
export function findOtherRuntimes(): Promise<Found<Runtime>> {
  return findEach(others, async ({ name, file, words, options }) => {
    for (const candidate of [fileURLToPath(new URL(`../node_modules/.bin/${file}`, folder)), file]) {
      const path = await run(candidate, words).catch(() => undefined)
      if (path !== undefined) return { name, command: [path.stdout.trim(), ...options] }
    }
    throw new Error(`there is no ${file}, neither in the workspace nor on the path`)
  })
}
