import { AddressFamily } from '@rtnl/netlink-core'

/** Address families by their names on the command line. */
export const families = {
  inet: AddressFamily.INET,
  inet6: AddressFamily.INET6,
  bridge: AddressFamily.BRIDGE,
} as const

export type FamilyName = keyof typeof families

/** Which entries are shown. What is left out does not matter. */
export interface Filter {
  readonly family?: number | undefined
  /** Id of a routing table. */
  readonly table?: number | undefined
  readonly ifindex?: number | undefined
}

/** Whether an entry has the given values; `undefined` where none is given, and any entry will do. */
export function matching<Entry>(
  wanted: {
    readonly [Name in keyof Entry]?: Entry[Name] | undefined
  },
): ((entry: Entry) => boolean) | undefined {
  const names = (Object.keys(wanted) as (keyof Entry)[]).filter((name) => wanted[name] !== undefined)
  if (names.length === 0) return undefined
  return (entry) => names.every((name) => entry[name] === wanted[name])
}
