import { isColorful, type Paint, paints } from '../output/paint.ts'
import { jsonText, printable } from '../output/printable.ts'
import type { Streams } from '../output/standard-output.ts'
import { layOut, type Token } from '../output/terminal/layout.ts'
import { packageVersion } from '../version.ts'
import { type Check, type Level, levels, worst } from './check.ts'

/** One JSON object on a line. */
export function reportJson(checks: readonly Check[]): string {
  return `${jsonText({ version: packageVersion, level: worst(checks), checks })}\n`
}

/** A line for each check, and one that counts them. On a terminal lines are broken between words. */
export function reportText(checks: readonly Check[], { stdout }: Streams): string {
  const paint = paints(isColorful(stdout))
  const columns = stdout.isTTY ? (stdout.columns ?? 0) : 0
  const lines = [
    ...checks.map((check) => layOut(tokensOf(check, paint), columns)),
    layOut(sumTokens(checks, paint), columns),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

const widest = Math.max(...levels.map((level) => level.length))

function painted(level: Level, paint: Paint): (text: string) => string {
  return level === 'green' ? paint.added : level === 'yellow' ? paint.changed : paint.removed
}

function tokensOf({ id, level, text, todo }: Check, paint: Paint): Token[] {
  const sentence = todo === undefined ? text : `${text}. To do: ${todo}`
  return [
    { text: level.padEnd(widest), paint: painted(level, paint) },
    { text: `${id}:`, paint: paint.strong },
    ...printable(sentence)
      .split(' ')
      .map((word) => ({ text: word })),
  ]
}

function sumTokens(checks: readonly Check[], paint: Paint): Token[] {
  const words = levels.map((level) => `${checks.filter((check) => check.level === level).length} ${level}`)
  const level = worst(checks)
  return [{ text: level.padEnd(widest), paint: painted(level, paint) }, { text: words.join(', ') }]
}
