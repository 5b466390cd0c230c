import { checkIfindex } from '@rtnl/link'
import { type Partition, sharedDefinitions, type TableDefinition } from '@rtnl/live-table'
import { acceptInterface } from './partition.ts'

/** The part of a table that is held. */
export interface InterfacePart {
  /** Only what belongs to the interface with this index: a bridge, a port of one, or a vxlan. */
  readonly ifindex?: number | undefined
}

/** What the definition of a part is made of. */
export interface InterfaceScope<Entry> {
  /** The one interface; `undefined` for all. */
  readonly ifindex: number | undefined
  /**
   * Returns the function that triggers use: it gives the part of an interface, and none where the table has no entries of it.
   * @param partOf the part of an interface
   */
  among(partOf: (ifindex: number) => Partition<Entry>): (ifindex: number) => readonly Partition<Entry>[]
  /** The fields that are the same for all tables here. */
  readonly common: Pick<TableDefinition<Entry>, 'accept' | 'dumps' | 'optional'>
}

/**
 * Makes the definitions of a table that holds the entries of one interface or of all, one for each part that is used.
 * @returns a function that throws a `RangeError` for an index that no interface can have
 */
export function definitionsByInterface<Entry>(
  define: (scope: InterfaceScope<Entry>) => TableDefinition<Entry>,
): (part?: InterfacePart) => TableDefinition<Entry> {
  const definitions = sharedDefinitions(({ ifindex }: InterfacePart): TableDefinition<Entry> => {
    checkIfindex('ifindex', ifindex)
    return define({
      ifindex,
      among: (partOf) => (other) => (ifindex === undefined || ifindex === other ? [partOf(other)] : []),
      // A dump goes by places in lists.
      common: { ...acceptInterface(ifindex), dumps: 'racy', optional: true },
    })
  })
  return (part = {}) => definitions(part)
}
