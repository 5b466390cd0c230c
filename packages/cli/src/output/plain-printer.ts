import type { ChangeBatch } from '@rtnl/live-table'
import type { LineModule } from '@rtnl/tables'
import type { LineTimes } from './line-time.ts'
import type { ChangePrinter } from './print-changes.ts'
import { type TextStyle, textLines } from './text-lines.ts'

/** Writes changes as text for pipes and files: one line each, as they are. */
export class PlainPrinter implements ChangePrinter {
  readonly #style: TextStyle
  readonly #times: LineTimes

  constructor(style: TextStyle, times: LineTimes) {
    this.#style = style
    this.#times = times
  }

  texts(batch: ChangeBatch<unknown>, module: LineModule): string[] {
    const text = textLines(batch, module, this.#style)
    if (!this.#times.shown) return [text]
    const now = this.#times.now()
    return [text.replaceAll(/^(?=.)/gm, () => this.#times.before(now))]
  }

  end(): string {
    return ''
  }
}
