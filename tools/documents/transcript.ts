import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { patience } from '../compliance/src/patience.ts'

/** What a shell needs to run the commands of a document. */
export interface Shell {
  /** Name of the network namespace. */
  readonly netns: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** A command, and the lines that stand below it. */
export interface Step {
  readonly command: string
  readonly lines: readonly string[]
}

/** A program that stays: what stands below later commands are its lines, since it is what is looked at. */
const staying = /^(node|deno|bun|rtnl (watch|evpn watch|sync .*--keep))\b/
/** A command that prints what there is. It is asked again until there is what the document says. */
const asking = /\b(show|list|get|explain|cat)\b/

/** The commands of a block `console`, each behind `$ `. */
export function parseTranscript(text: string): readonly Step[] {
  const steps: { command: string; lines: string[] }[] = []
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), lines: [] })
    else if (steps.length === 0) throw new Error(`what prints "${line}"? A block of console begins with "$ "`)
    else steps.at(-1)!.lines.push(line)
  }
  return steps
}

/** Other namespaces are made and entered from outside: what is mounted inside one is not seen elsewhere. */
const inNamespace = ({ netns }: Shell, command: string): [string, string[]] =>
  /^ip (netns|-n) /.test(command) ? ['sh', ['-c', command]] : ['ip', ['netns', 'exec', netns, 'sh', '-c', command]]

/** Runs a command to its end. */
export function runCommand(
  shell: Shell,
  command: string,
): { readonly lines: string[]; readonly status: number | null } {
  const [program, words] = inNamespace(shell, command)
  const { status, stdout, stderr } = spawnSync(program, words, { ...shell, encoding: 'utf8', timeout: patience })
  const lines = (stdout + stderr).split('\n').map((line) => line.trimEnd())
  return { lines: lines.filter((line) => line !== ''), status }
}

/** A program that runs while other commands do. */
class Staying {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #lines: string[] = []

  constructor(shell: Shell, command: string) {
    const [program, words] = inNamespace(shell, `exec ${command}`)
    // Some commands are scripts that start the runtime: all of it is to end.
    this.#child = spawn(program, words, { ...shell, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#exited = once(this.#child, 'close')
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface(stream).on('line', (line) => this.#lines.push(line.trimEnd()))
  }

  /** Waits for the next lines, as many as are expected, and compares them. */
  async prints(expected: readonly string[], place: string): Promise<void> {
    const started = Date.now()
    while (this.#lines.length < expected.length && Date.now() - started < patience) {
      if (this.#child.exitCode !== null) await this.#exited
      if (this.#child.exitCode !== null) break
      await delay(5)
    }
    assert.equal(this.#lines.splice(0, expected.length), expected, place)
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) process.kill(-this.#child.pid)
    await this.#exited
  }
}

/** Does what stands in a block `console`, and compares what is printed with what stands there. */
export async function playTranscript(shell: Shell, steps: readonly Step[], place: string): Promise<void> {
  let program: Staying | undefined
  try {
    for (const { command, lines } of steps) {
      const what = `${place}: ${command}`
      if (staying.test(command)) {
        await program?.close()
        program = new Staying(shell, command)
        await program.prints(lines, what)
      } else if (asking.test(command)) {
        let said = runCommand(shell, command).lines
        for (const started = Date.now(); said.join('\n') !== lines.join('\n') && Date.now() - started < patience; ) {
          await delay(50)
          said = runCommand(shell, command).lines
        }
        assert.equal(said, lines, what)
      } else {
        const { lines: said, status } = runCommand(shell, command)
        assert.equal([status, ...said], [0], what)
        await program?.prints(lines, what)
        assert.ok(program !== undefined || lines.length === 0, `${what}: nothing prints what stands below`)
      }
    }
  } finally {
    await program?.close()
  }
}

/** How long a command that stays is watched. */
const watchedMs = 3000

/** What goes wrong with a command that may end or stay: its exit code and words, or undefined where nothing does. */
export async function faultOf(shell: Shell, command: string): Promise<string | undefined> {
  const [program, words] = inNamespace(shell, command)
  const child = spawn(program, words, { ...shell, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text
    })
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0)), watchedMs)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return code === 0 || code === null || code >= 128 ? undefined : `exit code ${code}: ${said}`
}
