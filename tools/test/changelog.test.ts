// Versions and CHANGELOG.md are made of the files in .changeset: each of them has to be fit for it.
// runtimes: node
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import readChangesets from '@changesets/read'
import { suite } from 'uvu'
import { equal, is, throws } from 'uvu/assert'
import { releaseText, sectionsOf, withRelease } from '../release/changelog.mjs'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const test = suite('changelog')

test('every pending change stands under a heading of the changelog and names packages of the workspace', async () => {
  for (const { id, summary, releases } of await readChangesets(ROOT)) {
    is(sectionsOf(summary).length > 0, true, id)
    is(releases.length > 0, true, id)
    for (const { name } of releases) {
      const folder = name.replace('@rtnl/', 'packages/')
      is(JSON.parse(readFileSync(`${ROOT}/${folder}/package.json`, 'utf8')).name, name, id)
    }
  }
})

test('the texts of one heading stand together, in the order of Keep a Changelog', () => {
  const text = releaseText('0.2.0', '2026-01-31', ['### Fixed\n\n- a\n\n### Added\n\n- b', '### Fixed\n- c'])
  equal(text, '## 0.2.0 (2026-01-31)\n\n### Added\n\n- b\n\n### Fixed\n\n- a\n- c\n')
})

test('a release stands above those before it, below the introduction', () => {
  equal(withRelease('# Changelog\n\nIntro.\n', '## 1\n'), '# Changelog\n\nIntro.\n\n## 1\n')
  equal(
    withRelease('# Changelog\n\nIntro.\n\n## 1\n\n### Added\n', '## 2\n'),
    '# Changelog\n\nIntro.\n\n## 2\n\n## 1\n\n### Added\n',
  )
})

test('a text that has no place in the changelog is refused with the reason', () => {
  throws(() => sectionsOf('a change'), /"a change" stands under no heading/)
  throws(() => sectionsOf('### Improved\n\n- a'), /"### Improved" is none of the headings Added, Changed/)
  throws(() => sectionsOf('### Added\n'), /"### Added" has no text/)
  throws(() => sectionsOf(' '), /no text under a heading/)
})

test.run()
