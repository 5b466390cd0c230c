/**
 * What `get` of a table takes: an object with the fields of the key. An entry of the table is its own key.
 * `Needed` are the fields that every key has, `Optional` those that some have.
 */
export type EntryKey<Entry, Needed extends keyof Entry, Optional extends keyof Entry = never> =
  | Entry
  | (Required<Pick<Entry, Needed>> & Partial<Pick<Entry, Optional>>)

/**
 * Refuses a key without the fields that every key of a table has.
 * @param table its name, for the message
 * @throws {TypeError} the key is no object, or lacks a field
 */
export function checkKey(table: string, key: unknown, needed: readonly string[] = []): void {
  if (typeof key !== 'object' || key === null) {
    const fields = needed.length === 0 ? 'the fields of the key' : needed.join(', ')
    throw new TypeError(`${table}: the key ${show(key)} is not an object with ${fields}`)
  }
  for (const name of needed) {
    if ((key as Record<string, unknown>)[name] === undefined) throw new TypeError(`${table}.${name}: the key has none`)
  }
}

function show(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key)
}
