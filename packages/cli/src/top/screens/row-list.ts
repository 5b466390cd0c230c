import { lineText, type TableModule } from '@rtnl/tables'
import { count } from '../../output/count.ts'
import { duration } from '../../output/duration.ts'
import type { Cursor } from '../cursor.ts'
import type { ListedRow } from '../table-rows.ts'
import type { Look } from './look.ts'
import type { Block, Line } from './screen.ts'

const changesWidth = 10
const agoWidth = 7

/** The rows of a table, and how often each changed. */
export function rowList(
  module: TableModule<unknown>,
  rows: readonly ListedRow[],
  title: string,
  cursor: Cursor,
  height: number,
  now: number,
  look: Look,
): Block[] {
  const chosen = cursor.find(rows.map(({ key }) => key))
  const shown = Math.max(0, height - 2)
  const first = cursor.window(rows.length, shown)
  return [
    {
      lines: [
        [{ text: title }],
        look.heading(
          { text: '  CHANGES', width: changesWidth },
          { text: 'AGO', width: agoWidth, isRight: true },
          { text: `  ${module.name.toUpperCase()}` },
        ),
        ...rows
          .slice(first, first + shown)
          .map((row, place) => rowLine(module, row, first + place === chosen, now, look)),
      ],
    },
  ]
}

function rowLine(module: TableModule<unknown>, row: ListedRow, isChosen: boolean, now: number, look: Look): Line {
  const { entry, isGone, changed } = row
  const number = changed === undefined ? '0' : count(changed.count)
  const ago = changed === undefined ? '' : duration(Math.max(0, now - changed.at) / 1000)
  const text = lineText(module, entry, look.names)
  return [
    { text: look.marker(isChosen) + number.padStart(changesWidth - 3), width: changesWidth },
    { text: ago, width: agoWidth, isRight: true },
    { text: isGone ? look.paint.removed('- ') : '  ', width: 3, isRight: true },
    { text: look.words(text) },
  ]
}
