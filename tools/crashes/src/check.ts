import type { Content, Item } from './subject.ts'

function byPlace(entries: Iterable<{ readonly place: string; readonly told: string }>): Map<string, string[]> {
  const places = new Map<string, string[]>()
  for (const { place, told } of entries) {
    const known = places.get(place)
    if (known === undefined) places.set(place, [told])
    else known.push(told)
  }
  return places
}

/**
 * What is wrong with a table in the middle of the way from one set of entries to another. Each place that has an entry in both
 * sets has one of the two, unless the kernel can only remove the one and then add the other; and nothing is removed that is
 * not to be replaced before everything is written.
 */
export function problemsOnTheWay(old: readonly Item[], next: readonly Item[], { ours }: Content): string[] {
  const problems: string[] = []
  const held = byPlace(ours)
  const before = byPlace(old.filter(({ blocked }) => blocked !== true))
  const after = byPlace(next.filter(({ blocked }) => blocked !== true))
  const recreated = new Set([...old, ...next].filter((item) => item.recreated === true).map(({ place }) => place))
  for (const [place, entries] of held) {
    const known = [...(before.get(place) ?? []), ...(after.get(place) ?? [])]
    for (const entry of entries) if (!known.includes(entry)) problems.push(`holds ${entry}, which was never desired`)
  }
  for (const [place, entries] of after) {
    if (!before.has(place) || held.has(place) || recreated.has(place)) continue
    problems.push(`has nothing at ${place}, neither ${before.get(place)?.join(' ')} nor ${entries.join(' ')}`)
  }
  const removed = [...before.keys()].find((place) => !after.has(place) && !held.has(place))
  const unwritten = [...after].find(([place, entries]) =>
    entries.some((entry) => held.get(place)?.includes(entry) !== true),
  )
  if (removed !== undefined && unwritten !== undefined) {
    problems.push(`has removed ${removed} before ${unwritten[1].join(' ')} was written`)
  }
  return problems
}

/** What is wrong with a table that is to be as desired. */
export function problemsAtTheEnd(desired: readonly Item[], { ours }: Content): string[] {
  const expected = desired.filter(({ blocked }) => blocked !== true).map(({ told }) => told)
  const found = ours.map(({ told }) => told)
  return [
    ...without(expected, found).map((entry) => `lacks ${entry}`),
    ...without(found, expected).map((entry) => `has ${entry}, which is not desired`),
  ]
}

/** What happened to entries of others. */
export function problemsOfOthers(before: readonly string[], { others }: Content): string[] {
  return [
    ...without(before, others).map((entry) => `lost an entry of others: ${entry}`),
    ...without(others, before).map((entry) => `made an entry of others: ${entry}`),
  ]
}

/** The texts of the first list that the second one has not, as often as they are missing. */
function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1)
  return texts.filter((text) => {
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count <= 0
  })
}
