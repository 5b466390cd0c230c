// The text of CHANGELOG.md, made of the files in .changeset.

/** The sections of Keep a Changelog, in the order in which they are printed. */
const HEADINGS = /** @type {const} */ (['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'])

const FIRST_RELEASE = /^## /m

/**
 * Splits the text of a changeset at its headings.
 * @param {string} summary Markdown whose first line is a heading such as `### Added`
 * @returns {{ heading: string, text: string }[]}
 * @throws {Error} where text stands before the first heading, a heading is unknown or a section is empty
 */
export function sectionsOf(summary) {
  const [before, ...parts] = summary.trim().split(/^### +/m)
  if (before?.trim())
    throw new Error(`"${before.trim().split('\n')[0]}" stands under no heading (${HEADINGS.join(', ')})`)
  if (parts.length === 0) throw new Error(`it has no text under a heading (${HEADINGS.join(', ')})`)
  return parts.map((part) => {
    const [line = '', ...rest] = part.split('\n')
    const heading = line.trim()
    if (!HEADINGS.some((known) => known === heading)) {
      throw new Error(`"### ${heading}" is none of the headings ${HEADINGS.join(', ')}`)
    }
    const text = rest.join('\n').trim()
    if (text === '') throw new Error(`"### ${heading}" has no text`)
    return { heading, text }
  })
}

/**
 * The part of CHANGELOG.md that describes one release.
 * @param {string} version
 * @param {string} date as 2026-01-31
 * @param {string[]} summaries the texts of the changesets
 * @returns {string} ends with one line break
 * @throws {Error} as `sectionsOf` does
 */
export function releaseText(version, date, summaries) {
  const sections = summaries.flatMap(sectionsOf)
  const written = HEADINGS.flatMap((heading) => {
    const texts = sections.filter((section) => section.heading === heading).map(({ text }) => text)
    return texts.length === 0 ? [] : [`### ${heading}\n\n${texts.join('\n')}\n`]
  })
  return `## ${version} (${date})\n\n${written.join('\n')}`
}

/**
 * Puts a release above those before it.
 * @param {string} changelog the whole file
 * @param {string} release from `releaseText`
 * @returns {string}
 */
export function withRelease(changelog, release) {
  const place = changelog.search(FIRST_RELEASE)
  if (place < 0) return `${changelog.trimEnd()}\n\n${release}`
  return `${changelog.slice(0, place)}${release}\n${changelog.slice(place)}`
}
