import process from 'node:process'
import { setImmediate } from 'node:timers'

/** Bytes that are gathered before they are written, so that a large table is not held as one text. */
export const chunkSize = 64 * 1024

/** What a command needs of a stream that it prints to: streams of Node.js have it. */
export interface OutputStream {
  /** Whether it is a terminal; as long as it is absent, it is none. */
  readonly isTTY?: boolean
  /** The width of the terminal, in characters. */
  readonly columns?: number
  /**
   * Hands text to the system.
   * @param taken called when the system has it
   * @returns whether more may come at once, before `drain`
   */
  write(text: string, taken?: () => void): boolean
  /** Tells when more may come, or why nothing can be written any more. */
  on(event: 'drain' | 'error', listener: (error: Error) => void): unknown
  /** Undoes `on`. */
  off(event: 'drain' | 'error', listener: (error: Error) => void): unknown
}

/** Where a command prints to, such as `process`. */
export interface Streams {
  /** For what was asked for. */
  readonly stdout: OutputStream
  /** For lines to people: errors, warnings, progress. */
  readonly stderr: OutputStream
}

/**
 * Standard output for readers that read slowly, or stop reading. `write` hands text to the system at once, and resolves when
 * the system can take more. Beside it standard error, for lines to people.
 */
export class StandardOutput {
  readonly stdout: Streams['stdout']
  readonly stderr: Streams['stderr']
  readonly #broken = new AbortController()
  readonly #over = new AbortController()
  #error: NodeJS.ErrnoException | undefined

  constructor({ stdout, stderr }: Streams = process) {
    this.stdout = stdout
    this.stderr = stderr
    stdout.on('error', this.#fail)
    stderr.on('error', ignore)
  }

  /** Aborts when nothing can be written any more. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  /** Why nothing can be written any more. */
  get error(): Error | undefined {
    return this.#error && new Error(`standard output: ${this.#error.message}`, { cause: this.#error })
  }

  /** The reader has seen enough and went away, which is no failure. */
  get closed(): boolean {
    return this.#error?.code === 'EPIPE'
  }

  /** Aborts when the command has ended: nothing is to be left of it, as in a program that goes on. */
  get ended(): AbortSignal {
    return this.#over.signal
  }

  /** The command has ended. What the streams still say of it is awaited: nobody listens to them any more then. */
  async close(): Promise<void> {
    this.#over.abort()
    await nextTurn()
    this.stdout.off('error', this.#fail)
    this.stderr.off('error', ignore)
  }

  /** Writes a line to standard error. */
  complain(line: string): void {
    try {
      this.stderr.write(`${line}\n`)
    } catch {
      // Deno throws what the system says, and there is nowhere to report it.
    }
  }

  /** Writes without waiting. */
  print(text: string): void {
    this.#handOver(text)
  }

  /**
   * @param stop ends the waiting; the text is written all the same if the reader goes on
   * @throws the error that broke the output
   */
  async write(text: string, stop?: AbortSignal): Promise<void> {
    if (this.#error !== undefined) throw this.error
    if (text === '' || this.#handOver(text)) return
    if (this.#error !== undefined) throw this.error
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.stdout.off('drain', settle)
        this.broken.removeEventListener('abort', settle)
        stop?.removeEventListener('abort', settle)
        if (this.#error === undefined) resolve()
        else reject(this.error)
      }
      this.stdout.on('drain', settle)
      this.broken.addEventListener('abort', settle)
      stop?.addEventListener('abort', settle)
      if (stop?.aborted === true) settle()
    })
  }

  /** Resolves when the system has taken all that was written, or has refused it, which is in `error` then. */
  async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#error !== undefined) return resolve()
      this.broken.addEventListener('abort', () => resolve(), { once: true })
      this.stdout.write('', () => resolve())
    })
    // The runtime reports an error after it has called back for the text that failed.
    await nextTurn()
  }

  /** @returns whether more may come at once */
  #handOver(text: string): boolean {
    try {
      return this.stdout.write(text)
    } catch (error) {
      // Deno throws what the system says.
      this.#fail(error as NodeJS.ErrnoException)
      return false
    }
  }

  readonly #fail = (error: NodeJS.ErrnoException): void => {
    if (this.#error !== undefined) return
    this.#error = error
    this.#broken.abort(error)
  }
}

/** If standard error fails, there is nowhere to report that. */
function ignore(): void {}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
