import type { InterfaceNames, SeenChange } from '@rtnl/tables'
import { LineTimes } from '../../output/line-time.ts'
import type { Paint } from '../../output/paint.ts'
import { printable } from '../../output/printable.ts'
import type { Token } from '../../output/terminal/layout.ts'
import { TerminalLines } from '../../output/terminal/terminal-lines.ts'
import { paintedWords } from '../../output/terminal/word-paint.ts'
import type { Cell, Line } from './screen.ts'

/** How things look on this terminal. */
export class Look {
  readonly paint: Paint
  readonly names: InterfaceNames
  /** Whether the terminal shows more than ASCII. */
  readonly isUtf8: boolean
  readonly #changes: TerminalLines
  readonly #times = new LineTimes('clock')

  constructor(names: InterfaceNames, paint: Paint, isUtf8: boolean) {
    this.names = names
    this.paint = paint
    this.isUtf8 = isUtf8
    this.#changes = new TerminalLines({ names, paint, arrow: isUtf8 ? '→' : '->', long: false })
  }

  /** The heading of a list. */
  heading(...cells: readonly Cell[]): Line {
    return cells.map((cell) => ({ ...cell, text: this.paint.strong(cell.text) }))
  }

  /** The words of an entry, in their colours. */
  words(text: string): string {
    return painted(paintedWords(printable(text), this.paint))
  }

  /** A change as `rtnl watch` writes it, with its time. */
  change({ at, change, cause, module }: SeenChange): Line {
    return [this.time(at), { text: painted(this.#changes.changeLine(change, cause, module)) }]
  }

  time(at: number): Cell {
    return { text: this.paint.faint(this.#times.before(at).trimEnd()), width: 13 }
  }

  /** What stands before the line that is chosen, and before the others. */
  marker(isChosen: boolean): string {
    return isChosen ? this.paint.strong('> ') : '  '
  }

  /** A row of bars, one for each number, the highest for the greatest. */
  sparkline(numbers: readonly number[]): string {
    const bars = this.isUtf8 ? ' ▁▂▃▄▅▆▇█' : ' .:-=+*%#'
    const greatest = Math.max(1, ...numbers)
    return numbers.map((number) => bars[Math.ceil((number / greatest) * (bars.length - 1))]).join('')
  }
}

function painted(tokens: readonly Token[]): string {
  return tokens.map(({ text, paint }) => (paint === undefined ? text : paint(text))).join(' ')
}
