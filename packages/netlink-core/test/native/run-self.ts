import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

/** The command that runs a TypeScript file the way the current process was started, with `gc()` exposed. */
export function selfCommand(): readonly string[] {
  if ('Deno' in globalThis) return [process.execPath, 'run', '-A', '--v8-flags=--expose-gc']
  if ('Bun' in globalThis) return [process.execPath, '--expose-gc']
  return [process.execPath, ...process.execArgv]
}

/** The command of Deno with these permissions, one at least: to a child without any Deno gives all of its own. */
export function denoCommand(...permissions: readonly [string, ...string[]]): readonly string[] {
  return [process.execPath, 'run', '--no-prompt', ...permissions]
}

/**
 * Runs a file in a child process of the same runtime and waits for its end. A child that hangs is killed, which shows
 * as `signal: 'SIGKILL'`.
 * @param prefix words before the command, such as `['unshare', '-r', '-n']`
 */
export function runSelf(
  file: URL,
  parameters: readonly string[],
  { prefix = [], seconds = 120 }: { readonly prefix?: readonly string[]; readonly seconds?: number } = {},
): Promise<Outcome> {
  const [command = '', ...words] = [...prefix, ...selfCommand(), fileURLToPath(file), ...parameters]
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, output, errors })
    })
  })
}
