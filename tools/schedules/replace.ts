/** A text in a source of the library and what takes its place in the code under test. */
export interface Replacement {
  /** Below `packages`. */
  readonly file: string
  /** It stands in the file exactly once. */
  readonly text: string
  readonly by: string
}

/** @throws {Error} a text does not stand in the source exactly once: the source has changed since */
export function replaceIn(source: string, file: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((text, replacement) => {
    const parts = text.split(replacement.text)
    if (parts.length !== 2) {
      throw new Error(
        `${file} has "${replacement.text}" ${parts.length - 1} times instead of once: change the replacement`,
      )
    }
    return parts.join(replacement.by)
  }, source)
}
