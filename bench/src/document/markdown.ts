import type { Cells } from '../report.ts'

/** A table of Markdown; all but the first column are aligned to the right. */
export function toMarkdown({ head, rows }: Cells): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const alignment = head.map((_, place) => (place === 0 ? '---' : '---:'))
  return [line(head), line(alignment), ...rows.map(line)].join('\n')
}

/**
 * Replaces what stands between `<!-- bench: NAME -->` and `<!-- bench: end -->`.
 * @throws {Error} the text has no such place, or more than one
 */
export function replaceSection(text: string, name: string, content: string): string {
  const begin = `<!-- bench: ${name} -->\n`
  const end = '<!-- bench: end -->'
  const parts = text.split(begin)
  if (parts.length !== 2) throw new Error(`the document has ${parts.length - 1} places "${begin.trim()}", not one`)
  const [before = '', after = ''] = parts
  const place = after.indexOf(end)
  if (place < 0) throw new Error(`the document has no "${end}" behind "${begin.trim()}"`)
  return `${before}${begin}\n${content}\n\n${after.slice(place)}`
}
