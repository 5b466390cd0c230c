import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { main } from '../../src/run.ts'
import { closing } from './left-open.ts'

export const folder = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Record<string, string>
  /** The script to run in place of that of the package. */
  readonly script?: string
  /** A capability that it does not have, as `setpriv` names it. */
  readonly without?: string
  /** What it writes to; a pipe unless told. */
  readonly stdout?: 'pipe' | number
}

const fromSources = ['--conditions=rtnl-source', '--import', 'tsx']
/** `npm test` has built the packages before it tests: what is built starts in a tenth of the time. */
const onNode = process.env.RTNL_TEST_BUILT === '1' ? ['bin/rtnl.js'] : [...fromSources, 'src/main.ts']

/** The command that runs `rtnl` on the runtime of this process, in the folder of the package. */
export function command(script?: string): string[] {
  if ('Deno' in globalThis) return [process.execPath, 'run', '-A', script ?? 'src/main.ts']
  if ('Bun' in globalThis) return [process.execPath, script ?? 'src/main.ts']
  return [process.execPath, ...(script === undefined ? onNode : [...process.execArgv, script])]
}

/** Starts `rtnl`. */
export function start(
  args: readonly string[],
  { env = {}, script, without, stdout = 'pipe' }: RunOptions = {},
): ChildProcess {
  const dropping = without === undefined ? [] : ['setpriv', `--bounding-set=-${without}`, `--inh-caps=-${without}`]
  const [program = '', ...rest] = [...dropping, ...command(script), ...args]
  return spawn(program, rest, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, 'pipe'],
  })
}

/** Gathers what a process prints until it ends. */
export async function finish(child: ChildProcess): Promise<Ended> {
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    if (stream) await new Promise((resolve) => stream.once('close', resolve))
    return text
  })
  const end = new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve([code, signal]))
  })
  const [code, signal] = await end
  const [stdout = '', stderr = ''] = await Promise.all(texts)
  return { code, signal, stdout, stderr }
}

/** Runs `rtnl` as a process of its own to its end, where the process itself, or what surrounds it, is what is tested. */
export function rtnlProcess(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return finish(start(args, options))
}

/** Keeps what is written. */
class Printed extends Writable {
  text = ''

  constructor() {
    super({ decodeStrings: false })
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

/**
 * Runs `rtnl` to its end, inside this process, which takes a fiftieth of the time. Not for `demo` and `doctor`, which start
 * the program of their process again.
 * @throws {Error} it leaves something open, with which a process of its own would not end
 */
export async function rtnl(args: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new Printed(), new Printed()]
  const code = await closing(`rtnl ${args.join(' ')}`, () => main(args, { stdout, stderr }))
  for (const stream of [stdout, stderr]) {
    const listened = stream.eventNames().filter((name) => name !== 'prefinish')
    if (listened.length > 0)
      throw new Error(`rtnl ${args.join(' ')} still listens to ${listened.join(', ')} of a stream`)
  }
  return { code, signal: null, stdout: stdout.text, stderr: stderr.text }
}
