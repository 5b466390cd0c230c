import process from 'node:process'

/**
 * Standard output for programs that read it slowly, or stop reading. Text is handed to the system at once; `write`
 * resolves when more may come.
 */
export class StandardOutput {
  readonly #broken = new AbortController()
  #error: NodeJS.ErrnoException | undefined

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#error !== undefined) return
      this.#error = error
      this.#broken.abort(error)
    })
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

  /**
   * @param stop ends the waiting; the text is written all the same if the reader goes on
   * @throws the error that broke the output
   */
  async write(text: string, stop?: AbortSignal): Promise<void> {
    if (this.#error !== undefined) throw this.error
    if (text === '' || process.stdout.write(text)) return
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
}
