import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemEnvironment } from '../isolation/isolation.ts'
import { isColorful, type Paint, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'

const run = promisify(execFile)

/** One thing that happens: commands as one would type them. */
export interface Step {
  readonly title: string
  /** What is to be seen, in plain sentences. */
  readonly meaning?: string
  readonly commands: readonly string[]
}

/** Pauses before and after each step, for a person who reads along, and for a pipe. */
const pauseMilliseconds = { terminal: 400, pipe: 100 }

/** Plays steps: prints what happens, and does it. */
export class Player {
  readonly paint: Paint
  readonly #output: StandardOutput
  readonly #pause: number

  constructor(output: StandardOutput) {
    this.#output = output
    this.paint = paints(isColorful(output.stdout))
    this.#pause = output.stdout.isTTY ? pauseMilliseconds.terminal : pauseMilliseconds.pipe
  }

  /** Prints lines below a step. */
  async print(lines: string): Promise<void> {
    await this.#output.write(lines.replaceAll(/^(?=.)/gm, '  '))
  }

  async heading(text: string): Promise<void> {
    await this.#output.write(`\n${this.paint.strong(text)}\n`)
  }

  async perform({ title, meaning, commands }: Step): Promise<void> {
    await this.heading(title)
    if (meaning !== undefined) await this.#output.write(`${meaning}\n`)
    for (const command of commands) {
      await this.#output.write(this.paint.faint(`  $ ${command}\n`))
      await runCommand(command)
    }
  }

  /** Performs steps one after the other. @param settle resolves when all that a step caused is known */
  async play(steps: readonly Step[], settle: () => Promise<unknown>): Promise<void> {
    for (const step of steps) {
      await delay(this.#pause)
      await this.perform(step)
      await settle()
      // The following turns of the event loop print the changes that are known by now.
      await delay(this.#pause)
    }
  }
}

/**
 * Runs a command of iproute2 and returns what it prints.
 * @throws {Error} it failed, with the command and what it said
 */
export async function runCommand(command: string): Promise<string> {
  const [program = '', ...args] = command.split(' ')
  try {
    const { stdout } = await run(program, args, { env: systemEnvironment() })
    return stdout
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
    if (code === 'ENOENT')
      throw new Error(`${command}: ${program} is not installed (package iproute2)`, { cause: error })
    const words = stderr?.trim().replaceAll(/\s*\n\s*/g, ' ') || String(error)
    throw new Error(`${command}: ${words} (${needs})`, { cause: error })
  }
}

/** What may be missing where a command of the scenes is refused. */
const needs =
  'the demonstration needs a kernel with veth, bridge, vxlan and nexthops for forwarding entries, Linux 5.8 or newer'
