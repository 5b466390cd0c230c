import type { TableDefinition } from './definition.ts'

/** Definitions that are remembered before those are looked for that nobody uses any more. */
const mostAtFirst = 64

/**
 * Makes the definitions of parts of a table so that equal parts have the same one, as long as somebody uses it: tables on a
 * notifier share their rows by their definition.
 * @param define makes the definition of a part
 * @returns a function that gives it. Fields that are `undefined` are as good as left out
 */
export function sharedDefinitions<Part extends object, Entry>(
  define: (part: Part) => TableDefinition<Entry>,
): (part: Part) => TableDefinition<Entry> {
  const known = new Map<string, WeakRef<TableDefinition<Entry>>>()
  let most = mostAtFirst
  return (part) => {
    const key = keyOf(part)
    const before = known.get(key)?.deref()
    if (before !== undefined) return before
    const definition = define({ ...part })
    if (known.size >= most) {
      for (const [other, reference] of known) if (reference.deref() === undefined) known.delete(other)
      most = Math.max(mostAtFirst, known.size * 2)
    }
    known.set(key, new WeakRef(definition))
    return definition
  }
}

function keyOf(part: object): string {
  const fields = Object.entries(part).filter(([, value]) => value !== undefined)
  return fields
    .map(([name, value]) => `${name} ${typeof value} ${String(value)}`)
    .sort()
    .join()
}
