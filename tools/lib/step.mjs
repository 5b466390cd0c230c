import { spawn } from 'node:child_process'

/** A step that has run this long says so, again and again, so that nobody takes it for hung. */
const HEARTBEAT_MS = 15_000

/**
 * Runs one command as a numbered step. Its output is kept back and shown only if it fails.
 * @param {string} title as shown, for example "[1/4] installing dependencies"
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<boolean>} whether the command ended with exit code 0
 */
export async function runStep(title, command, args, { cwd, env }) {
  console.log(title)
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const heartbeat = setInterval(() => console.log(`      still at it after ${seconds()} s`), HEARTBEAT_MS)
  /** @type {Buffer[]} */
  const output = []
  try {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
    /** @type {number | NodeJS.Signals} */
    const end = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve(code ?? signal ?? 1))
    })
    if (end === 0) return true
    process.stdout.write(Buffer.concat(output))
    console.error(`${title}: failed (${[command, ...args].join(' ')}: ${end})`)
  } catch (error) {
    console.error(`${title}: ${command} cannot be started: ${error instanceof Error ? error.message : error}`)
  } finally {
    clearInterval(heartbeat)
  }
  return false
}
