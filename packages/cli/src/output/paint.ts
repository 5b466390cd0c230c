import process from 'node:process'

/** Wraps a text in a colour, or does not. */
export interface Paint {
  added(text: string): string
  changed(text: string): string
  removed(text: string): string
  strong(text: string): string
  faint(text: string): string
}

/** Only for people: never in a pipe or file, and not where `NO_COLOR` is set (https://no-color.org). */
export function isColorful(stream: { readonly isTTY?: boolean }): boolean {
  // Deno asks for a permission to read the environment, which pipes and files do without.
  if (stream.isTTY !== true) return false
  const { NO_COLOR, TERM } = process.env
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

export function paints(colorful: boolean): Paint {
  const sgr = (on: number, off: number) => (text: string) => (colorful ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return { added: sgr(32, 39), changed: sgr(33, 39), removed: sgr(31, 39), strong: sgr(1, 22), faint: sgr(2, 22) }
}
