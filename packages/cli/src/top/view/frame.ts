import { Box, renderToString, Text } from 'ink'
import { createElement, type ReactElement } from 'react'
import { type Block, type Cell, fitting, type Line, type Screen, type Size } from '../screens/screen.ts'

/** Between lists that stand beside each other. */
const gap = 2

/**
 * A screen as its lines, as many as there are rows, none wider than the terminal.
 * @param isUtf8 whether the terminal shows more than ASCII
 */
export function frame(screen: Screen, { columns, rows }: Size, isUtf8: boolean): string[] {
  const blocks = fitting(screen.blocks, rows - 1).map((block, key) => blockElement(block, key))
  const body = createElement(Box, { flexDirection: 'column', flexGrow: 1 }, ...blocks)
  const whole = createElement(
    Box,
    { flexDirection: 'column', width: columns, height: rows },
    body,
    lineElement(screen.footer, 'footer'),
  )
  const text = renderToString(whole, { columns })
  // What is cut ends in a character of its own. Names of interfaces may have any.
  const known = isUtf8 ? text : text.replaceAll('…', '~').replaceAll(/[\u0080-\u{10ffff}]/gu, '?')
  return known.split('\n').slice(0, rows)
}

function blockElement(block: Block, key: number): ReactElement {
  if ('lines' in block) {
    return createElement(Box, { key, flexDirection: 'column', flexShrink: 0 }, ...linesElements(block.lines))
  }
  const lists = block.columns.map((lines, place) =>
    createElement(
      Box,
      { key: place, flexDirection: 'column', flexGrow: 1, flexBasis: 0, flexShrink: 1 },
      ...linesElements(lines),
    ),
  )
  return createElement(Box, { key, flexDirection: 'row', columnGap: gap, flexShrink: 0 }, ...lists)
}

function linesElements(lines: readonly Line[]): ReactElement[] {
  return lines.map((line, key) => lineElement(line, key))
}

function lineElement(line: Line, key: number | string): ReactElement {
  return createElement(
    Box,
    { key, height: 1, width: '100%', overflow: 'hidden', flexShrink: 0 },
    ...line.map((cell, place) => cellElement(cell, place)),
  )
}

function cellElement({ text, width, isRight = false }: Cell, key: number): ReactElement {
  const size = width === undefined ? { flexGrow: 1, flexBasis: 0, flexShrink: 1 } : { width, flexShrink: 0 }
  const side = isRight ? ({ justifyContent: 'flex-end' } as const) : {}
  return createElement(Box, { key, ...size, ...side }, createElement(Text, { wrap: 'truncate-end' }, text))
}
