import { spawn } from 'node:child_process'
import { namespacePrefix } from './namespace.mjs'

/**
 * Runs a program of Node.js in network and mount namespaces of its own: whatever it makes is gone with these. This process ends
 * with its exit code, and with 1 where no namespaces can be made.
 * @param {string} name of the command, for what is wrong
 * @param {string} program path of the module to run
 * @param {readonly string[]} argv its arguments
 * @param {NodeJS.ProcessEnv} env
 */
export function runIsolated(name, program, argv, env) {
  /** @type {string[]} */
  let prefix
  try {
    prefix = namespacePrefix(env)
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
    return
  }
  const [command = '', ...args] = [...prefix, process.execPath, ...process.execArgv, program, ...argv]
  const child = spawn(command, args, { env, stdio: 'inherit' })
  // Ctrl-C reaches the child too; it is awaited.
  process.on('SIGINT', () => {})
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  child.on('close', (code) => {
    process.exitCode = code ?? 1
  })
}
