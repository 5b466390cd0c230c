import process from 'node:process'
import type { InterfaceNames } from '@rtnl/tables'
import { LineTimes, type TimeForm } from './line-time.ts'
import { isColorful, isUtf8, paints } from './paint.ts'
import { PlainPrinter } from './plain-printer.ts'
import type { ChangePrinter } from './print-changes.ts'
import type { StandardOutput } from './standard-output.ts'
import { TerminalPrinter } from './terminal/terminal-printer.ts'

/** How changes are written for people. */
export interface LineStyle {
  /** Default: by the clock on a terminal, none elsewhere. */
  readonly time: TimeForm | undefined
  /** Whether both rows of a change are written whole, as they always are in pipes and files. */
  readonly long: boolean
}

/**
 * What writes changes for people to standard output: other lines on a terminal than into pipes and files.
 * @param clock the time of a line, in milliseconds since 1970
 */
export function linePrinter(
  { time, long }: LineStyle,
  names: InterfaceNames,
  output: StandardOutput,
  clock = Date.now,
): ChangePrinter {
  const paint = paints(isColorful(output.stdout))
  if (!output.stdout.isTTY) return new PlainPrinter({ names, paint }, new LineTimes(time ?? 'none', clock))
  const arrow = isUtf8(process.env) ? '→' : '->'
  return new TerminalPrinter({ names, paint, arrow, long }, new LineTimes(time ?? 'clock', clock), output)
}
