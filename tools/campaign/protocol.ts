import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Checked } from './checkpoint.ts'
import type { SessionOptions } from './session.ts'

/** What the follower counts, since its session was opened. */
export interface Figures {
  /** Changes that readers were told, and resyncs. */
  readonly changes: number
  readonly resyncs: number
  /** Relists of tables and of parts of them. */
  readonly relists: number
  readonly messages: number
  /** Times that messages were lost, and dumps that began anew since the kernel said that they were interrupted. */
  readonly overruns: number
  readonly interrupted: number
  /** Requests of controllers. */
  readonly requests: number
}

type Asked =
  | { readonly ask: 'open'; readonly options: SessionOptions }
  | { readonly ask: 'check'; readonly only?: readonly string[] | undefined }
  | { readonly ask: 'record'; readonly file: string }
  | { readonly ask: 'close' }

export type Question = Asked & { readonly number: number }

export interface Reply {
  readonly number: number
  readonly error?: string
  readonly checked?: Checked
  readonly figures?: Figures
}

/** A process of its own that follows, as its parent sees it. */
export class FollowerProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>()
  #asked = 0

  constructor() {
    this.#child = fork(fileURLToPath(new URL('follower.ts', import.meta.url)), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.number)
      this.#waiting.delete(reply.number)
      if (reply.error === undefined) waiting?.resolve(reply)
      else waiting?.reject(new Error(`the follower failed: ${reply.error}`))
    })
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the follower ended: ${signal ?? code}`))
      this.#waiting.clear()
    })
  }

  open(options: SessionOptions): Promise<Reply> {
    return this.#ask({ ask: 'open', options })
  }

  /** @param only names of tables; by default all tables and controllers are looked at */
  async check(only?: readonly string[]): Promise<{ readonly checked: Checked; readonly figures: Figures }> {
    const { checked, figures } = await this.#ask({ ask: 'check', only })
    return { checked: checked!, figures: figures! }
  }

  record(file: string): Promise<Reply> {
    return this.#ask({ ask: 'record', file })
  }

  close(): Promise<Reply> {
    return this.#ask({ ask: 'close' })
  }

  /** Stops the process, or lets it go on (`SIGSTOP`, `SIGCONT`). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #ask(asked: Asked): Promise<Reply> {
    const number = this.#asked++
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new Error('the follower has ended'))
        return
      }
      this.#waiting.set(number, { resolve, reject })
      this.#child.send({ ...asked, number })
    })
  }
}
