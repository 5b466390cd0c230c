// Starts the benchmark in network and mount namespaces of its own: whatever it makes is gone with it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../tools/lib/child-environment.mjs'
import { namespacePrefix } from '../../tools/lib/namespace.mjs'
import { folder } from './folder.ts'
import { parseOptions } from './options.ts'

const argv = process.argv.slice(2)
parseOptions(argv)
const env = childEnvironment(process.env, fileURLToPath(new URL('..', folder)))

function isolated(): readonly string[] {
  try {
    return namespacePrefix(env)
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}

const program = fileURLToPath(import.meta.resolve('#entry/isolated'))
const [command = '', ...args] = [...isolated(), process.execPath, ...process.execArgv, program, ...argv]
const child = spawn(command, args, { env, stdio: 'inherit' })
// Ctrl-C reaches the child too; it is awaited.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
