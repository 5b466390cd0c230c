// `pnpm typecheck`: the types of the whole workspace, by the compiler of TypeScript 7, in a fifth of the time. What bundles
// declarations and makes the reference needs the interface of the one before.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tools = dirname(fileURLToPath(import.meta.url))

for (const project of ['tsconfig.check.json', 'packages/web/client', 'docs']) {
  // Each checker finds out about the same types again: four, as without this, are too many for two processors.
  const words = ['-p', project, '--checkers', `${Math.min(availableParallelism(), 4)}`]
  const options = /** @type {const} */ ({ cwd: dirname(tools), stdio: 'inherit' })
  const { status, error } = spawnSync(join(tools, 'node_modules/.bin/tsgo'), words, options)
  if (error) console.error(`the compiler cannot be started: ${error.message}; run \`pnpm install\``)
  if (status !== 0) process.exitCode = 1
}
