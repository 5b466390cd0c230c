import { sameValue } from '@rtnl/live-table'

const shown = 5

/** How two maps differ: a few of the keys, with what each has. */
export function differences(actual: ReadonlyMap<string, unknown>, expected: ReadonlyMap<string, unknown>): string[] {
  const keys = new Set([...actual.keys(), ...expected.keys()])
  const found = [...keys].filter((key) => !sameValue(actual.get(key), expected.get(key)))
  const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200))
  const lines = found.slice(0, shown).map((key) => `${key}: ${text(actual.get(key))}, not ${text(expected.get(key))}`)
  return found.length > shown ? [...lines, `${found.length} in all, of ${expected.size}`] : lines
}
