import { clearTimeout, setTimeout } from 'node:timers'
import type { ChangeBatch } from '@rtnl/live-table'
import type { LineModule } from '@rtnl/tables'
import type { LineTimes } from '../line-time.ts'
import type { ChangePrinter } from '../print-changes.ts'
import type { StandardOutput } from '../standard-output.ts'
import { layOut } from './layout.ts'
import { Repeats } from './repeats.ts'
import { TerminalLines, type TerminalStyle } from './terminal-lines.ts'

/** How long lines that come again are counted before the count is written. */
const heldMilliseconds = 500

/** Writes changes for people: with times, colours, and counts in the place of lines that come again. */
export class TerminalPrinter implements ChangePrinter {
  readonly #lines: TerminalLines
  readonly #times: LineTimes
  readonly #repeats = new Repeats()
  readonly #output: StandardOutput
  readonly #paintTime: (text: string) => string
  #timer: NodeJS.Timeout | undefined

  constructor(style: TerminalStyle, times: LineTimes, output: StandardOutput) {
    this.#lines = new TerminalLines(style)
    this.#times = times
    this.#paintTime = style.paint.faint
    this.#output = output
  }

  *texts(batch: ChangeBatch<unknown>, module: LineModule): Generator<string, void, undefined> {
    const columns = this.#output.stdout.columns ?? 0
    const now = this.#times.now()
    for (const words of this.#lines.of(batch, module)) {
      const key = words.map(({ text }) => text).join(' ')
      const time = this.#times.before(now).trimEnd()
      const tokens = time === '' ? words : [{ text: time, paint: this.#paintTime }, ...words]
      for (const line of this.#repeats.add({ key, text: layOut(tokens, columns) })) yield `${line}\n`
    }
    if (this.#repeats.holds) this.#timer ??= setTimeout(() => this.#output.print(this.end()), heldMilliseconds)
  }

  end(): string {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.#repeats
      .release()
      .map((line) => `${line}\n`)
      .join('')
  }
}
