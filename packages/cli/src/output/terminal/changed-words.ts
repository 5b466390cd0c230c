/** What a phrase of a changed row came to be. Phrases are those of `LineModule.words`: `via 192.0.2.1`, `REACHABLE`. */
export type ChangedPhrase =
  | { readonly kind: 'same' | 'gained' | 'lost'; readonly text: string }
  | { readonly kind: 'turned'; readonly label: string; readonly old: string; readonly next: string }

/** States of neighbours, alone among the phrases that have no name before them. */
const bareState = /^[A-Z][A-Z,]*$/
/** Words for what keeps an entry, of which each has one at most. */
const lifetimes: ReadonlySet<string> = new Set(['permanent', 'static', 'stale', 'temp'])
const address = /^[0-9a-f.:]*[.:][0-9a-f.:/]*$/

/**
 * The name of the field that a phrase is about: its first word, where a value follows. Phrases with equal names in two texts
 * of a row are the two values of a field.
 */
function labelOf(phrase: string): string {
  const space = phrase.indexOf(' ')
  if (space > 0) return phrase.slice(0, space)
  if (phrase.startsWith('<')) return '<>'
  if (bareState.test(phrase) || lifetimes.has(phrase)) return 'state'
  return address.test(phrase) ? 'bare address' : phrase
}

/**
 * What changed in a row, in the order of its text, and what names the row. The first phrase names it, and so do those with
 * certain labels.
 */
export function changedPhrases(
  old: readonly string[],
  next: readonly string[],
  naming: readonly string[] = [],
): ChangedPhrase[] {
  const [left, come] = [without(old, next), without(next, old)]
  const phrases = next.flatMap((text, place): ChangedPhrase[] => {
    const label = place === 0 ? undefined : labelOf(text)
    if (!take(come, text)) return label === undefined || naming.includes(label) ? [{ kind: 'same', text }] : []
    const before = left.find((other) => (label === undefined ? other === old[0] : labelOf(other) === label))
    if (before === undefined) return [{ kind: 'gained', text }]
    take(left, before)
    return [turned(before, text, label)]
  })
  return [...phrases, ...left.map((text): ChangedPhrase => ({ kind: 'lost', text }))]
}

function turned(old: string, next: string, label: string | undefined): ChangedPhrase {
  const name = label !== undefined && next.startsWith(`${label} `) ? label : ''
  const value = (text: string): string => (name === '' ? text : text.slice(name.length + 1))
  return { kind: 'turned', label: name, old: value(old), next: value(next) }
}

/** The phrases of a text that another does not have, or has less often. */
function without(phrases: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return phrases.filter((phrase) => !take(rest, phrase))
}

/** Takes a text out of a list. @returns whether it was there */
function take(list: string[], text: string): boolean {
  const place = list.indexOf(text)
  if (place >= 0) list.splice(place, 1)
  return place >= 0
}
