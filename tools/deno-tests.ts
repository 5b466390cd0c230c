// `deno test -A`: the unit tests, each file in a process of its own. Deno alone would import the files and count no test of uvu's.
import { dirname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './lib/child-environment.mjs'
import { findTestFiles, readTestFile } from './lib/test-file.mjs'
import { runTestFile } from './lib/test-process.mjs'

declare const Deno: { test(name: string, body: () => Promise<void>): void }

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const env = childEnvironment(process.env, root)

for (const path of findTestFiles(root)) {
  const file = readTestFile(root, path)
  if (file.kernel || !file.runtimes.includes('deno')) continue
  Deno.test(path, async () => {
    const { problems, output } = await runTestFile(file, 'deno', { root, env, prefix: [] })
    if (problems.length > 0) throw new Error(`${problems.join(', ')}\n${output}`)
  })
}
