import type { Arp } from '@rtnl/evpn'
import { type EvpnCollection, evpnText, type InterfaceNames, ticksPerSecond } from '@rtnl/tables'
import { duration } from '../output/duration.ts'
import type { Paint } from '../output/paint.ts'
import { jsonText, printable } from '../output/printable.ts'
import type { Ages } from './ages.ts'

/** What is printed of a collection. */
export type EntriesOf = (collection: EvpnCollection<unknown>) => Iterable<unknown>

/** One object with an array for each collection, an entry a line, with its age where it has one. */
export function* jsonParts(
  collections: readonly EvpnCollection<unknown>[],
  entriesOf: EntriesOf,
  ages: Pick<Ages, 'of'>,
): Generator<string> {
  for (const [place, collection] of collections.entries()) {
    yield `${place === 0 ? '{' : ',\n'}"${collection.name}":[`
    let first = true
    for (const entry of entriesOf(collection)) {
      const age = ages.of(collection.name, entry)
      const text = jsonText(age === undefined ? entry : { ...(entry as object), age })
      yield first ? text : `,\n${text}`
      first = false
    }
    yield ']'
  }
  yield '}\n'
}

/** How collections are written for people. */
export interface ShownStyle {
  readonly paint: Paint
  readonly names: InterfaceNames
  /** All addresses that are known. */
  readonly arps: Iterable<Arp>
  readonly ages: Pick<Ages, 'of'>
}

/**
 * A line for each entry: its collection, the entry with the IP addresses that it has, its age, and in colour what is wrong
 * with it.
 */
export function* textParts(
  collections: readonly EvpnCollection<unknown>[],
  entriesOf: EntriesOf,
  { paint, names, arps, ages }: ShownStyle,
): Generator<string> {
  const addresses = addressesByMac(arps)
  for (const collection of collections) {
    const head = paint.strong(collection.name.padEnd(nameWidth))
    for (const entry of entriesOf(collection)) {
      const { vni, mac, ip } = entry as Partial<Arp>
      const ips = ip === undefined && mac !== undefined ? addresses.get(`${vni} ${mac}`) : undefined
      const words = [printable(evpnText(collection, entry, names))]
      if (ips !== undefined) words.push(`ip ${ips.join(',')}`)
      const age = ages.of(collection.name, entry)
      if (age !== undefined) words.push(paint.faint(`age ${duration(age / ticksPerSecond)}`))
      const trouble = collection.trouble?.(entry)
      if (trouble !== undefined) words.push(paint[trouble.all ? 'removed' : 'changed'](printable(trouble.text)))
      yield `${head}${words.filter((text) => text !== '').join(' ')}\n`
    }
  }
}

/** The longest name of a collection and two spaces. */
const nameWidth = 12

function addressesByMac(arps: Iterable<Arp>): ReadonlyMap<string, string[]> {
  const addresses = new Map<string, string[]>()
  for (const { vni, mac, ip } of arps) {
    const key = `${vni} ${mac}`
    const known = addresses.get(key)
    if (known === undefined) addresses.set(key, [ip])
    else known.push(ip)
  }
  return addresses
}
