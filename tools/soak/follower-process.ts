import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** See `ConnectionOptions`. */
export interface Limits {
  readonly receiveBuffer: number
  readonly pendingLimit: number
}

export interface FollowerParameters {
  readonly netns: string
  /** Left out, they are the default, and the event loop is not blocked. */
  readonly limits: Limits | undefined
}

export interface Counted {
  readonly state: string
  readonly resident: number
  readonly pending: number
  readonly overruns: number
}

export interface Finished {
  readonly entries: number
  /** Entries that one has and the other has not, by what was compared. */
  readonly differences: Readonly<Record<string, number>>
  readonly overruns: number
  readonly drops: number
  readonly relists: number
  /** Events `resync` for the reason `overrun` that the reader was given. */
  readonly told: number
  readonly changes: number
  readonly resident: number
  readonly descriptors: number
  readonly threads: number
}

/** What the process that follows is asked for, and what it answers. */
export interface Questions {
  /** Waits for `waitForSync`, and shows the gateway of this route. */
  sync: { readonly question: { readonly marker: string }; readonly answer: { readonly shown: string | undefined } }
  count: { readonly question: object; readonly answer: Counted }
  /** Waits until the table is live, and compares. */
  finish: { readonly question: object; readonly answer: Finished }
}

export type Question = {
  [Name in keyof Questions]: { readonly do: Name } & Questions[Name]['question']
}[keyof Questions]

/** After so many milliseconds without an answer a table starves. */
const longestWait = 300_000

export class FollowerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  private constructor(parameters: FollowerParameters) {
    const file = fileURLToPath(new URL('./follower.ts', import.meta.url))
    this.#child = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(parameters)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#exit = once(this.#child, 'exit')
  }

  /** Resolves once the table is open. */
  static async start(parameters: FollowerParameters): Promise<FollowerProcess> {
    const follower = new FollowerProcess(parameters)
    await follower.#answer()
    return follower
  }

  /** @throws {Error} no answer comes, or the process has ended */
  async ask<Name extends keyof Questions>(
    question: { readonly do: Name } & Questions[Name]['question'],
  ): Promise<Questions[Name]['answer']> {
    this.#child.send(question)
    return (await this.#answer()) as Questions[Name]['answer']
  }

  async #answer(): Promise<unknown> {
    const ended = this.#exit.then((end) => {
      throw new Error(`the process that follows has ended: ${end}`)
    })
    const signal = AbortSignal.timeout(longestWait)
    const [answer] = await Promise.race([once(this.#child, 'message', { signal }), ended])
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#exit
  }
}
