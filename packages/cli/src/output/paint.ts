import process from 'node:process'

/** Wraps a text in a colour, or does not. */
export interface Paint {
  added(text: string): string
  changed(text: string): string
  removed(text: string): string
  strong(text: string): string
  faint(text: string): string
  /** In the colours that `ip -color` has for these. */
  ifname(text: string): string
  mac(text: string): string
  inet(text: string): string
  inet6(text: string): string
}

/** Only for people: never in a pipe or file, and not where `NO_COLOR` is set (https://no-color.org). */
export function isColorful(stream: { readonly isTTY?: boolean }): boolean {
  // Deno asks for a permission to read the environment, which pipes and files do without.
  if (stream.isTTY !== true) return false
  const { NO_COLOR, TERM } = process.env
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

/** Whether a terminal shows characters beyond ASCII, by the locale (locale(7)). */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}

export function paints(colorful: boolean): Paint {
  const sgr = (on: number, off: number) => (text: string) => (colorful ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return {
    added: sgr(32, 39),
    changed: sgr(33, 39),
    removed: sgr(31, 39),
    strong: sgr(1, 22),
    faint: sgr(2, 22),
    ifname: sgr(36, 39),
    mac: sgr(33, 39),
    inet: sgr(35, 39),
    inet6: sgr(34, 39),
  }
}
