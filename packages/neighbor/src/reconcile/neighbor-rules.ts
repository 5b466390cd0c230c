import { linkDefinition } from '@rtnl/link'
import { MessageFlag } from '@rtnl/netlink-core'
import { anyDefinition } from '@rtnl/notifier'
import type { ReconcileRules } from '@rtnl/reconcile'
import { checkIfindex } from '../check.ts'
import { NeighborFlag, NeighborState } from '../constants.ts'
import { isOwned } from '../kinds.ts'
import type { Neighbor } from '../message.ts'
import { defineNeighbors } from '../neighbor-definition.ts'
import { canonicalAddress, canonicalHardwareAddress, checked, checkInterface, invalid, refuse } from './normalize.ts'

/** Which neighbours are ours: those of one interface. */
export interface NeighborOwnership {
  /** Index of the interface. */
  readonly ifindex: number
  /**
   * Those that carry this protocol (`RTPROT_*`, `NDA_PROTOCOL`). Without one: those that are static (`NOARP`), not
   * permanent and not learned from elsewhere.
   */
  readonly protocol?: number | undefined
}

const ENOENT = 2
const ENXIO = 6
const ENODEV = 19

/** What does not change by itself. */
const staticStates = NeighborState.NOARP | NeighborState.PERMANENT
/** Flags that say what a neighbour is; the others are how the kernel is asked for it. */
const lastingFlags = NeighborFlag.ROUTER | NeighborFlag.EXT_LEARNED

/**
 * How neighbours (ARP, ND) are kept on one interface, for `reconcile` and `keep` of `@rtnl/reconcile`. A neighbour that
 * the kernel has learned by itself gives way to one of ours.
 * @throws {RangeError} an interface or protocol that there cannot be
 */
export function neighborOwner(ownership: NeighborOwnership): ReconcileRules<Neighbor> {
  const { ifindex, protocol } = ownership
  checkIfindex('ifindex', ifindex)
  if (protocol !== undefined && (!Number.isInteger(protocol) || protocol < 1 || protocol > 0xff)) {
    throw new RangeError(`protocol: ${String(protocol)} is not a whole number in 1..255`)
  }
  const definition = defineNeighbors({ ifindex })
  return {
    definition,
    claim: `neighbours of interface ${ifindex}${protocol === undefined ? '' : ` and protocol ${protocol}`}`,
    normalize: (entry) => checked('neighbor', () => normalize(entry, ownership)),
    keyOf: (entry) => ({ ...checked('neighbor', () => keyOf(entry, ownership)), state: 0, flags: 0, type: 0 }),
    key: (entry) => definition.keyText(entry),
    owns: (actual) => (protocol === undefined ? isOwned(actual) : actual.protocol === protocol),
    same: (desired, actual) =>
      desired.lladdr === actual.lladdr &&
      desired.state === actual.state &&
      desired.flags === (actual.flags & lastingFlags) &&
      (protocol === undefined || actual.protocol === protocol),
    yields: ({ state, flags }) => (state & staticStates) === 0 && (flags & NeighborFlag.EXT_LEARNED) === 0,
    manner: () => 'replace',
    // The kernel may have an entry that it is looking for, which is none yet, and would refuse to add another.
    flags: () => MessageFlag.CREATE | MessageFlag.REPLACE,
    erased: ({ family, dst = '' }) => ({ family, ifindex, dst }),
    describe: ({ dst }) => `neighbor ${dst}`,
    hurries: [anyDefinition(linkDefinition)],
    missing: [ENOENT, ENXIO, ENODEV],
  }
}

/** What names a neighbour. */
function keyOf(
  { family, ifindex: given, dst }: Partial<Neighbor>,
  { ifindex }: NeighborOwnership,
): Pick<Neighbor, 'family' | 'ifindex'> & { dst: string } {
  if (dst === undefined) throw invalid('dst', 'is missing', true)
  const address = canonicalAddress('dst', dst)
  if (family !== undefined && family !== address.family) {
    throw invalid('family', `${String(family)} is not that of ${address.address}, ${address.family}`)
  }
  checkInterface(given, ifindex)
  return { family: address.family, ifindex, dst: address.address }
}

function normalize(entry: Partial<Neighbor>, ownership: NeighborOwnership): Neighbor {
  const { protocol } = ownership
  const { lladdr, state = NeighborState.NOARP, flags = 0, flagsExt = 0 } = entry
  const { type: _type, ...known } = { ...entry }
  for (const field of ['family', 'ifindex', 'dst', 'lladdr', 'state', 'flags', 'flagsExt', 'protocol'] as const)
    delete known[field]
  refuse(known, Object.keys(known) as (keyof Neighbor)[], 'no field of a neighbour')
  const key = keyOf(entry, ownership)
  if (flagsExt !== 0) throw invalid('flagsExt', `${flagsExt}: neighbours that are kept have none`)
  checkProtocol(entry.protocol, protocol)
  const marked = state === NeighborState.NOARP && (flags & NeighborFlag.EXT_LEARNED) === 0
  if (protocol === undefined && !marked) {
    throw invalid(
      'state',
      `${state} with flags ${flags} is not static (64), by which neighbours without a protocol are ours`,
    )
  }
  if ((state & staticStates) === 0 || (state & ~staticStates) !== 0) {
    throw invalid('state', `${state} does not last; 64 (NOARP) and 128 (PERMANENT) do`)
  }
  return {
    family: key.family,
    ifindex: key.ifindex,
    state,
    flags: flags & lastingFlags,
    type: 0,
    dst: key.dst,
    lladdr: canonicalHardwareAddress(lladdr),
    ...(protocol === undefined ? {} : { protocol }),
  }
}

function checkProtocol(given: number | undefined, ours: number | undefined): void {
  if (given === undefined || given === ours) return
  const which =
    ours === undefined
      ? 'is given, and neighbours of ours are known by their state'
      : `is not ${ours}, which marks ours`
  throw invalid('protocol', `${given} ${which}`)
}
