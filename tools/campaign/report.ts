import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CampaignFigures, Outcome } from './campaign.ts'
import type { Difference } from './checkpoint.ts'
import type { Drawn } from './operations/index.ts'
import type { CampaignOptions } from './options.ts'

/** Entries of a difference that are printed. */
const mostShown = 5

/** The figures as lines for people. */
export function figureLines(figures: CampaignFigures): string[] {
  const { operations, ...rest } = figures
  const kinds = Object.entries(operations)
  const sum = (name: 'accepted' | 'refused'): number => kinds.reduce((total, [, taken]) => total + taken[name], 0)
  return [
    `operations ${sum('accepted') + sum('refused')} (${sum('accepted')} accepted, ${sum('refused')} refused)`,
    ...kinds.map(([name, { accepted, refused }]) => `  ${name} ${accepted} accepted, ${refused} refused`),
    ...Object.entries(rest).map(([name, value]) => `${name} ${value}`),
  ]
}

/** Differences as lines for people. @param most entries that are shown of each */
export function differenceLines(differences: readonly Difference[], most = mostShown): string[] {
  const some = (entries: readonly string[], sign: string): string[] => [
    ...entries.slice(0, most).map((entry) => `  ${sign} ${entry}`),
    ...(entries.length > most ? [`  ${sign} and ${entries.length - most} more`] : []),
  ]
  return differences.flatMap(({ table, between, extra, missing }) => [
    `${table}: ${between} (+ only the first, - only the second)`,
    ...some(extra, '+'),
    ...some(missing, '-'),
  ])
}

/** Writes what is known of a difference: all operations, the shortest sequence of them, and a test made of it. */
export function writeReport(
  folder: string,
  options: CampaignOptions,
  { differences, operations }: Outcome,
  shrunk: readonly Drawn[],
): void {
  mkdirSync(folder, { recursive: true })
  const lines = (drawn: readonly Drawn[]): string => `${drawn.map(({ line }) => line).join('\n')}\n`
  writeFileSync(join(folder, 'differences.txt'), `${differenceLines(differences, 1000).join('\n')}\n`)
  writeFileSync(join(folder, 'operations.txt'), lines(operations))
  writeFileSync(join(folder, 'sequence.txt'), lines(shrunk))
  writeFileSync(join(folder, 'sequence.test.ts'), testText(folder, options, shrunk))
}

function testText(
  folder: string,
  { seed, scenario, receiveBuffer, without }: CampaignOptions,
  shrunk: readonly Drawn[],
): string {
  const module = relative(folder, join(dirname(fileURLToPath(import.meta.url)), 'sequence.ts'))
  const lines = shrunk.map(({ line }) => `      ${JSON.stringify(line)},\n`).join('')
  return `import { differencesAfter } from '${module}'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const sequence = suite('a sequence that a campaign found')

sequence('tables show what the kernel has: seed ${seed}, scenario ${scenario}', async () => {
  const differences = await differencesAfter(
    [
${lines}    ],
    ${JSON.stringify({ receiveBuffer, without })},
  )
  assert.equal(differences, [])
})

sequence.run()
`
}
