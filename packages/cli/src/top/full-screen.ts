import process from 'node:process'
import { emitKeypressEvents } from 'node:readline'
import { clearTimeout, setTimeout } from 'node:timers'
import type { StandardOutput } from '../output/standard-output.ts'
import type { Size } from './screens/screen.ts'
import type { Key } from './top-app.ts'

/** The other screen of the terminal, no cursor, and lines that are cut and not broken (xterm's control sequences). */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** Of a terminal that tells no size, as the one that a serial line ends in. */
const usual: Size = { columns: 80, rows: 24 }

/** How long it takes at most until a process that stops itself is stopped, in milliseconds. */
const stoppingMilliseconds = 100

/** What the terminal tells. */
export interface ScreenEvents {
  key(key: Key): void
  /** All has to be drawn again. */
  redraw(): void
  /** The terminal is gone. */
  ended(): void
}

/**
 * The whole screen of the terminal, and its keys. What the screen showed before is there again when this is closed, when the
 * process ends in whatever way it can notice, and while it is stopped (SIGTSTP).
 */
export class FullScreen implements Disposable {
  readonly #output: StandardOutput
  readonly #events: ScreenEvents
  #isEntered = false
  #drawn: readonly string[] = []
  #continued: NodeJS.Timeout | undefined

  constructor(output: StandardOutput, events: ScreenEvents) {
    this.#output = output
    this.#events = events
    emitKeypressEvents(process.stdin)
    process.stdin.on('keypress', this.#pressed)
    process.stdin.on('end', this.#ended)
    process.stdin.on('error', this.#ended)
    process.stdout.on('resize', this.#resized)
    process.on('SIGTSTP', this.suspend)
    process.on('SIGCONT', this.#continue)
    process.on('exit', this.#leave)
    // The error is printed where it can be read.
    process.on('uncaughtExceptionMonitor', this.#leave)
    this.#enter()
  }

  get size(): Size {
    const { columns, rows } = process.stdout
    return { columns: columns || usual.columns, rows: rows || usual.rows }
  }

  /** Draws the lines that are not yet there. Resolves when the terminal has taken them. */
  async draw(lines: readonly string[], stop: AbortSignal): Promise<void> {
    if (!this.#isEntered) return
    // Erased first: behind the last column the cursor still stands on it.
    const text = lines
      .map((line, row) => (line === this.#drawn[row] ? '' : `\x1b[${row + 1};1H\x1b[2K${line}`))
      .join('')
    this.#drawn = lines
    await this.#output.write(text, stop)
  }

  /** Stops the process, as Ctrl-Z does, until it is told to go on. */
  readonly suspend = (): void => {
    this.#leave()
    process.off('SIGTSTP', this.suspend)
    process.kill(process.pid, 'SIGTSTP')
    // Where no shell could continue it the kernel does not stop a process.
    this.#continued = setTimeout(this.#continue, stoppingMilliseconds)
  };

  [Symbol.dispose](): void {
    this.#leave()
    process.stdin.off('keypress', this.#pressed)
    process.stdin.off('end', this.#ended)
    process.stdin.off('error', this.#ended)
    process.stdout.off('resize', this.#resized)
    process.off('SIGTSTP', this.suspend)
    process.off('SIGCONT', this.#continue)
    process.off('exit', this.#leave)
    process.off('uncaughtExceptionMonitor', this.#leave)
    process.stdin.pause()
  }

  #enter(): void {
    // First: in the background this stops the process before it writes anything.
    process.stdin.setRawMode(true)
    process.stdin.resume()
    this.#isEntered = true
    this.#drawn = []
    this.#output.print(enter)
  }

  readonly #leave = (): void => {
    clearTimeout(this.#continued)
    if (!this.#isEntered) return
    this.#isEntered = false
    this.#output.print(leave)
    try {
      process.stdin.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
  }

  readonly #continue = (): void => {
    clearTimeout(this.#continued)
    process.off('SIGTSTP', this.suspend)
    process.on('SIGTSTP', this.suspend)
    this.#enter()
    this.#events.redraw()
  }

  readonly #resized = (): void => {
    if (!this.#isEntered) return
    this.#drawn = []
    this.#output.print('\x1b[2J')
    this.#events.redraw()
  }

  readonly #pressed = (_text: string | undefined, key: Key): void => this.#events.key(key)

  readonly #ended = (): void => this.#events.ended()
}
