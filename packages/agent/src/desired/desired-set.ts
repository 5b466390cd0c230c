import { findWritableTable, type OwnerOptions, parseProtocol, type WritableTable } from '@rtnl/tables'
import * as v from 'valibot'
import { PlacedDocument } from '../config/placed-document.ts'
import { type CheckedSet, checkSet } from './check-set.ts'

/** Entries of one table that have one owner, as a file desires them. */
export interface DesiredSet {
  /** The name of the file; with a number where the file has several. */
  readonly name: string
  /** The table that the entries are of. */
  readonly table: WritableTable
  /** Which entries are owned. */
  readonly owner: OwnerOptions
  /** Patterns of names of namespaces; `undefined`: the one of the process. */
  readonly namespaces?: readonly string[] | undefined
  /** As `rtnl show --json` prints them. */
  readonly entries: readonly object[]
  /** Entries that were left out, since files of the node desire others in their places. */
  readonly givenWay?: number | undefined
}

const protocol = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.integer())], 'a routing protocol is wanted: its name or its number'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseProtocol(String(dataset.value))
    } catch (error) {
      addIssue({ message: (error as Error).message.replace(/^--protocol: /, '') })
      return NEVER
    }
  }),
)

const table = v.pipe(
  v.string('the name of a table is wanted'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return findWritableTable(dataset.value)
    } catch (error) {
      addIssue({ message: (error as Error).message })
      return NEVER
    }
  }),
)

const routingTable = v.pipe(
  v.number('the number of a routing table is wanted'),
  v.integer('the number of a routing table is wanted'),
  v.minValue(1, 'a routing table has a number from 1'),
  v.maxValue(0xffff_ffff, 'a routing table has a number up to 4294967295'),
)

const owner = v.strictObject(
  {
    protocol: v.optional(protocol),
    table: v.optional(routingTable),
    dev: v.optional(v.string('the name of an interface is wanted')),
    additive: v.optional(v.boolean('true or false is wanted')),
  },
  ({ expected }) => (expected === 'never' ? 'there is no such option' : '{ protocol, table, dev, additive } is wanted'),
)

/** Which table, and whose entries of it. */
export const ownedTable = { table, owner: v.optional(owner, {}) }

const setSchema = v.strictObject(
  {
    ...ownedTable,
    namespaces: v.optional(v.array(v.string('a pattern of names is wanted'), 'a list of patterns is wanted')),
    entries: v.array(
      v.looseObject({}, 'an entry is wanted: an object, as rtnl show --json prints it'),
      'a list of entries is wanted, as rtnl show --json prints it',
    ),
  },
  ({ expected, received }) => {
    if (expected === 'never') return 'there is no such field'
    return received === 'undefined' ? 'is missing' : `{ table, owner, entries } is wanted, not ${received}`
  },
)

/**
 * Reads the text of a file of desired entries, YAML or JSON: one set, or a list of sets.
 * @param file its name, for errors and for the names of the sets
 * @throws {ConfigError} it is not as it has to be: with all faults, each with its place
 */
export function parseDesired(file: string, text: string): DesiredSet[] {
  const document = new PlacedDocument(file, text)
  const isList = Array.isArray(document.content)
  const sets = isList ? document.read(v.array(setSchema)) : [document.read(setSchema)]
  const checked = sets.map((set, place): CheckedSet => checkSet(set, isList ? [place] : []))
  const faults = checked.flatMap((each) => each.faults)
  if (faults.length > 0) throw document.errorOf(faults)
  return sets.map((set, place) => ({
    ...set,
    name: sets.length === 1 ? file : `${file}#${place + 1}`,
    entries: checked[place]!.entries,
  }))
}
