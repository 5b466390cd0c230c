import { AddressFamily } from '@rtnl/netlink-core'
import type { AddressRange } from './address-range.ts'

/** Address families by their names on the command line. */
export const families = {
  /** IPv4. */
  inet: AddressFamily.INET,
  /** IPv6. */
  inet6: AddressFamily.INET6,
  /** Bridges: forwarding entries. */
  bridge: AddressFamily.BRIDGE,
  /** MPLS. */
  mpls: AddressFamily.MPLS,
} as const

/** An address family, as users write it. */
export type FamilyName = keyof typeof families

/** Which entries are shown. What is left out does not matter. */
export interface Filter {
  /** `AF_*` */
  readonly family?: number | undefined
  /** Id of a routing table. */
  readonly table?: number | undefined
  /** The interface that they belong to, or go out of. */
  readonly device?: ChosenInterface | undefined
  /** Entries whose prefix lies in this one. */
  readonly within?: AddressRange | undefined
  /** Entries whose prefix contains this address. */
  readonly to?: AddressRange | undefined
  /** `RTPROT_*` */
  readonly protocol?: number | undefined
  /** Id of a nexthop object. */
  readonly id?: number | undefined
  /** Lower-case hex pairs. */
  readonly mac?: string | undefined
  /** The name of a state. */
  readonly state?: string | undefined
}

/** The interface whose entries are shown. Its answers change while they are. */
export interface ChosenInterface {
  /** One that no interface has while there is none. */
  readonly ifindex: number
  /** Whether a nexthop object, or a member of the group that it is, goes out of the interface. */
  hasNexthop(id: number): boolean
}

/**
 * Which entries are those of a chosen interface; `undefined` where none is chosen, and any entry will do.
 * @param isOf whether an entry belongs to it
 */
export function ofDevice<Entry>(
  device: ChosenInterface | undefined,
  isOf: (entry: Entry, device: ChosenInterface) => boolean,
): ((entry: Entry) => boolean) | undefined {
  return device && ((entry) => isOf(entry, device))
}
