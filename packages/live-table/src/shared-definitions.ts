import type { TableDefinition } from './definition.ts'

/** The number of remembered definitions from which on unused ones are looked for. */
const mostAtFirst = 64

/**
 * Gives equal parts of a table the same definition object, for as long as somebody uses it. Tables on a notifier share
 * their rows if they have the same definition.
 * @param define makes the definition of a part
 * @returns a function that returns the definition of a part. Fields that are `undefined` count as left out
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
