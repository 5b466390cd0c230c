// Starts the crashes in network and mount namespaces of their own: whatever they leave is gone with these.
import { spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../lib/child-environment.mjs'
import { namespacePrefix } from '../../lib/namespace.mjs'
import { parseOptions } from './options.ts'

const argv = process.argv.slice(2)
parseOptions(argv)
const env = childEnvironment(process.env, fileURLToPath(new URL('../../..', import.meta.url)))

function isolated(): readonly string[] {
  try {
    return namespacePrefix(env)
  } catch (error) {
    console.error(`crashes: ${error instanceof Error ? error.message : error}`)
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
