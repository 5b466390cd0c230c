import process from 'node:process'
import { setImmediate } from 'node:timers'

/** Bytes that are gathered before they are written, so that a large table is not held as one text. */
export const chunkSize = 64 * 1024

/**
 * Standard output for readers that read slowly, or stop reading. `write` hands text to the system at once, and resolves when
 * the system can take more.
 */
export class StandardOutput {
  readonly #broken = new AbortController()
  #error: NodeJS.ErrnoException | undefined

  constructor() {
    process.stdout.on('error', this.#fail)
    // If standard error fails, there is nowhere to report that.
    process.stderr.on('error', () => {})
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
        process.stdout.off('drain', settle)
        this.broken.removeEventListener('abort', settle)
        stop?.removeEventListener('abort', settle)
        if (this.#error === undefined) resolve()
        else reject(this.error)
      }
      process.stdout.on('drain', settle)
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
      process.stdout.write('', () => resolve())
    })
    // The runtime reports an error after it has called back for the text that failed.
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }

  /** @returns whether more may come at once */
  #handOver(text: string): boolean {
    try {
      return process.stdout.write(text)
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
