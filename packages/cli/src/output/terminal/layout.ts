/** A word of a line, and how it is painted. */
export interface Token {
  readonly text: string
  readonly paint?: ((text: string) => string) | undefined
}

/** What a line that goes on is indented by. */
const indent = 4
/** A terminal narrower than this breaks lines itself. */
const narrowest = 20

/**
 * A line of words, broken between them where the terminal is too narrow. A word that is wider than the terminal is broken by
 * that.
 * @param columns of the terminal; 0 if they are not known
 */
export function layOut(tokens: readonly Token[], columns: number): string {
  const width = columns < narrowest ? Number.POSITIVE_INFINITY : columns
  let line = ''
  let used = 0
  for (const { text, paint } of tokens) {
    const isFirst = used === 0
    if (!isFirst && used + 1 + text.length > width) {
      line += `\n${' '.repeat(indent)}`
      used = indent + text.length
    } else {
      line += isFirst ? '' : ' '
      used += text.length + (isFirst ? 0 : 1)
    }
    line += paint === undefined ? text : paint(text)
  }
  return line
}
