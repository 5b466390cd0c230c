import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import process from 'node:process'
import type { Recorder } from '@rtnl/recorder'
import { errorLine } from '../output/error-line.ts'
import type { StandardOutput } from '../output/standard-output.ts'

/** What the system says of a file, and what to do. */
export function fileError(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException
  switch (code) {
    case 'EEXIST':
      return new Error(`${file}: there is such a file; give another name, or delete it`, { cause: error })
    case 'ENOENT':
      return new Error(`${file}: there is no such folder`, { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new Error(`${file}: no permission to write there`, { cause: error })
    case 'ENOSPC':
      return new Error(`${file}: the disk is full; the file has what was recorded until then`, { cause: error })
    default:
      return error
  }
}

/** Says at the beginning what would fail at the end. @throws what the system says */
export function checkFree(file: string): void {
  if (existsSync(file)) throw Object.assign(new Error(`${file} exists`), { code: 'EEXIST' })
  accessSync(dirname(file), constants.W_OK)
}

/** Node.js has SIGUSR1 for its debugger. */
const signal = 'SIGUSR2'

/** Writes the ring of a recorder to a file, and to another one each time that the process gets SIGUSR2. */
export class RingFiles {
  readonly #recorder: Recorder
  readonly #file: string
  readonly #output: StandardOutput
  #written = 0

  constructor(recorder: Recorder, file: string, output: StandardOutput) {
    this.#recorder = recorder
    this.#file = file
    this.#output = output
    process.on(signal, this.#signalled)
  }

  /** The file that was written last. */
  get latest(): string {
    return this.#nameOf(this.#written)
  }

  /** @throws what the system says, with what to do */
  write(): void {
    const file = this.#nameOf(this.#written + 1)
    try {
      this.#recorder.write(file)
    } catch (error) {
      throw fileError(file, error)
    }
    this.#written++
  }

  close(): void {
    process.off(signal, this.#signalled)
  }

  readonly #signalled = (): void => {
    try {
      this.write()
      this.#output.complain(`rtnl: wrote ${this.latest}`)
    } catch (error) {
      // The recording goes on, and may be written elsewhere or later.
      this.#output.complain(errorLine(error))
    }
  }

  /** `a.pcapng`, `a-2.pcapng`, ... */
  #nameOf(number: number): string {
    if (number < 2) return this.#file
    const extension = extname(this.#file)
    return `${this.#file.slice(0, this.#file.length - extension.length)}-${number}${extension}`
  }
}
