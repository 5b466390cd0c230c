import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Where a command runs. */
export interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. Rejects with all that it printed if it fails. */
export async function run(command: string, args: readonly string[], { cwd, env }: Place): Promise<Output> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''))
  })
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (end !== 0) throw new Error(`${[command, ...args].join(' ')} in ${cwd}: ${end}\n${stdout}${stderr}`)
  return { stdout, stderr }
}
