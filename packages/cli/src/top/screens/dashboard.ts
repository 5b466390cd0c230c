import { type ActivityReading, type Counted, rememberedSeconds, type SeenResync, type TableReading } from '@rtnl/tables'
import { count, countOf } from '../../output/count.ts'
import { printable } from '../../output/printable.ts'
import { resyncReason } from '../../output/terminal/terminal-lines.ts'
import type { Cursor } from '../cursor.ts'
import type { Look } from './look.ts'
import { rateText } from './numbers.ts'
import { type Block, type Line, type Size, share } from './screen.ts'

/** Above this the lists of what changes most stand beside each other. */
const wide = 72

const nameWidth = 11
const rowsWidth = 9
const rateWidth = 8
const changesWidth = 10
const fixedWidth = nameWidth + rowsWidth + rateWidth + changesWidth

/** The tables, what changes most, and what happened last. */
export function dashboard(
  reading: ActivityReading,
  tables: readonly TableReading[],
  cursor: Cursor,
  { columns, rows }: Size,
  look: Look,
): Block[] {
  const chosen = cursor.find(tables.map(({ module }) => module.name))
  const most = [
    mostChanging('PREFIXES', reading.prefixes, (prefix) => prefix, look),
    mostChanging('INTERFACES', reading.interfaces, (ifindex) => look.names.name(ifindex), look),
    mostChanging('PROTOCOLS', reading.protocols, (name) => name, look),
  ]
  const resyncs = [
    look.heading({ text: 'LAST CAUSES' }),
    ...reading.lastResyncs.map((resync) => causeLine(resync, look)),
  ]
  const changes = [look.heading({ text: 'LAST CHANGES' }), ...reading.lastChanges.map((change) => look.change(change))]
  const isWide = columns >= wide
  const panels = isWide ? [Math.max(...most.map(({ length }) => length))] : most.map(({ length }) => length)
  const part = (length: number, most: number) => ({ least: Math.min(2, length), most: Math.min(length, most) })
  const [tableLines = 0, ...others] = share(rows, [
    // The heading, and half of the height.
    { least: Math.min(tables.length + 1, Math.ceil(rows / 2)), most: tables.length + 1 },
    ...panels.map((length) => part(length, 9)),
    part(resyncs.length, 6),
    part(changes.length, changes.length),
  ])
  const [resyncLines = 0, changeLines = 0] = others.slice(-2)
  const height = Math.max(0, tableLines - 1)
  const first = cursor.window(tables.length, height)
  const seen = tables.slice(first, first + height)
  return [
    {
      lines: [
        tableHeading(look),
        ...seen.map((table, place) => tableLine(table, first + place === chosen, columns, look)),
      ],
    },
    ...(isWide
      ? [{ columns: most.map((lines) => lines.slice(0, others[0])) }]
      : most.map((lines, place) => ({ lines: lines.slice(0, others[place]) }))),
    { lines: resyncs.slice(0, resyncLines) },
    { lines: changes.slice(0, changeLines) },
  ]
}

function tableHeading(look: Look): Line {
  return look.heading(
    { text: '  TABLE', width: nameWidth },
    { text: 'ROWS', width: rowsWidth, isRight: true },
    { text: '/S', width: rateWidth, isRight: true },
    { text: 'CHANGES', width: changesWidth, isRight: true },
  )
}

function tableLine(table: TableReading, isChosen: boolean, columns: number, look: Look): Line {
  const { module, rows, state, changes, perSecond, series } = table
  const shown = Math.max(0, Math.min(rememberedSeconds, columns - fixedWidth - 2))
  const bars = shown === 0 ? '' : look.sparkline(series.slice(-shown))
  return [
    { text: look.marker(isChosen) + (isChosen ? look.paint.strong(module.name) : module.name), width: nameWidth },
    { text: count(rows), width: rowsWidth, isRight: true },
    { text: rateText(perSecond), width: rateWidth, isRight: true },
    { text: count(changes), width: changesWidth, isRight: true },
    { text: state === 'live' ? `  ${bars}` : `  ${look.paint.changed(state)}` },
  ]
}

function mostChanging<Key>(
  title: string,
  counted: readonly Counted<Key, undefined>[],
  name: (key: Key) => string,
  look: Look,
): Line[] {
  return [
    look.heading({ text: title }),
    ...counted.map((one) => [
      { text: count(one.count), width: 8, isRight: true },
      { text: ` ${look.words(name(one.key))}` },
    ]),
  ]
}

function causeLine({ at, table, cause, reason, changes }: SeenResync, look: Look): Line {
  const found = `${countOf(changes, ['change', 'changes'])} ${cause === 'inferred' ? 'inferred' : 'found'}`
  return [look.time(at), { text: `${table}: ${found}: ${printable(resyncReason(cause, reason))}` }]
}
