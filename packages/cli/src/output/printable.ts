/**
 * Control characters, those that change the direction of text or are not seen, and those that end a line. Not the tab, which
 * lines of rules have as those of `ip`: it does no more than a space.
 */
const unprintable = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A text as it can be printed on a terminal: names of interfaces and of processes come from whoever made these, and may have
 * characters that move the cursor, begin another line or hide something. Each of those becomes `\u001b`, as JSON has it.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** A value as JSON on one line, in which such characters are escaped, too. */
export function jsonText(value: unknown): string {
  return printable(JSON.stringify(value))
}
