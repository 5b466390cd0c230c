import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { node } from './runtimes.ts'

/** Milliseconds after which a contestant is taken for hung. */
const timeout = 600_000

/** A contestant in a process of its own. It gets commands and answers each of them. */
export class NodeProcess implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  /**
   * @param name a file of the folder `contestants`
   * @param parameters what it reads with `parameters()`
   * @param runtime what it runs on
   */
  constructor(name: string, parameters: object, runtime = node) {
    const file = fileURLToPath(import.meta.resolve(`#entry/contestants/${name}`))
    this.#name = runtime === node ? name : `${name} on ${runtime.name}`
    const [command = '', ...options] = runtime.command
    this.#child = spawn(command, [...options, file, JSON.stringify(parameters)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      timeout,
      killSignal: 'SIGKILL',
    })
    this.#exit = once(this.#child, 'exit').then(([code, signal]) => code ?? signal)
  }

  /** Sends a command. */
  send(command: object): void {
    this.#child.send(command)
  }

  /**
   * Returns the next message of the contestant.
   * @throws {Error} the contestant ended before; its standard error says why
   */
  async next<Answer>(): Promise<Answer> {
    const listening = new AbortController()
    const { signal } = listening
    const ended = this.#exit.then((end) => {
      throw new Error(`the contestant "${this.#name}" ended early: ${end}`)
    })
    try {
      const answer = once(this.#child, 'message', { signal }).then(([message]) => message as Answer)
      return await Promise.race([answer, ended])
    } finally {
      listening.abort()
    }
  }

  /** Sends a command, and resolves with the answer. */
  ask<Answer>(command: object): Promise<Answer> {
    this.send(command)
    return this.next<Answer>()
  }

  /**
   * Lets it run on one processor alone, with all threads that it has and will have.
   * @throws {Error} with what `taskset` says
   */
  async pinTo(processor: number): Promise<void> {
    await promisify(execFile)('taskset', ['-a', '-p', '-c', String(processor), String(this.#child.pid)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#exit
  }
}

/** Runs a contestant that says one thing and ends. */
export async function runContestant<Answer>(name: string, parameters: object, runtime = node): Promise<Answer> {
  await using contestant = new NodeProcess(name, parameters, runtime)
  return await contestant.next<Answer>()
}
