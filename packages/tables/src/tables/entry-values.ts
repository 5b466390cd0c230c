import type { Filter } from './filter.ts'

/** What the entries of a table have by which they can be chosen. What is left out no entry has. */
export interface EntryValues<Entry> {
  /** Which addresses an entry is about, such as `10.0.0.0/8`. */
  prefix?(entry: Entry): string
  /** What of that lies in a larger prefix. Default: all of it. */
  place?(entry: Entry): string
  /** Who made it (`RTPROT_*`). */
  protocol?(entry: Entry): number | undefined
  /** The name of such a number. Default: that of a routing protocol. */
  protocolName?(protocol: number): string
  /** The nexthop object that it is, or that it uses. */
  id?(entry: Entry): number | undefined
  /** Its hardware address, as hex pairs. */
  mac?(entry: Entry): string | undefined
  /** What its states are called on the command line, and whether it is in one of them. */
  readonly states?: Readonly<Record<string, (entry: Entry) => boolean>>
}

/** The values by which the filters of the command line choose, by the name of the option. */
export const valueFor = {
  /** Entries whose prefix lies in this one. */
  within: 'prefix',
  /** Entries whose prefix has this address. */
  to: 'prefix',
  /** Entries that this program made. */
  protocol: 'protocol',
  /** Entries that are this nexthop object, or use it. */
  id: 'id',
  /** Entries with this hardware address. */
  mac: 'mac',
  /** Entries that are in this state. */
  state: 'states',
} as const satisfies Partial<Record<keyof Filter, keyof EntryValues<unknown>>>

/** Whether an entry has the values that a filter asks for; `undefined` if it asks for none. */
export function havingValues<Entry>(
  values: EntryValues<Entry>,
  { within, to, protocol, id, mac, state }: Filter,
): ((entry: Entry) => boolean) | undefined {
  const { prefix, place = prefix, states } = values
  const tests: ((entry: Entry) => boolean)[] = []
  if (within !== undefined) tests.push((entry) => within.includes(place?.(entry) ?? ''))
  if (to !== undefined) tests.push((entry) => to.isIn(prefix?.(entry) ?? ''))
  if (protocol !== undefined) tests.push((entry) => values.protocol?.(entry) === protocol)
  if (id !== undefined) tests.push((entry) => values.id?.(entry) === id)
  if (mac !== undefined) tests.push((entry) => values.mac?.(entry) === mac)
  if (state !== undefined) tests.push((entry) => states?.[state]?.(entry) === true)
  return tests.length === 0 ? undefined : (entry) => tests.every((test) => test(entry))
}
