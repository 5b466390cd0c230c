/** What a tool of iproute2 prints as JSON of one entry, or ours in the same words. */
export type Shown = Readonly<Record<string, unknown>>

/** The same text for the same values: names of fields are in order, and those without a value are left out. */
export function textOf(value: unknown): string {
  return JSON.stringify(ordered(value))
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(ordered)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    fields.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, field]) => [name, ordered(field)]),
  )
}

/** The names of the bits that are set, in the order of the alphabet. */
export function bitNames(bits: number, names: Readonly<Record<string, number>>): string[] {
  return Object.entries(names)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .sort()
}
