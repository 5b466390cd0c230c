import { linkDependency, needOfInterface, requireIfindex } from '@rtnl/link'
import { checkNumber, Errno, MessageFlag } from '@rtnl/netlink-core'
import type { DesiredEntry, ReconcileRules } from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState } from '../constants.ts'
import { isAnnounced } from '../kinds.ts'
import type { Neighbor } from '../message.ts'
import { defineWrittenNeighbors } from '../neighbor-definition.ts'
import { noBroadcast } from './broadcast-dependency.ts'
import { ages, isManaged, NeighborForm, type NeighborOwnership, staticStates } from './neighbor-fields.ts'

/** Flags that the kernel keeps of a neighbour. The others control a request. */
const lastingFlags = NeighborFlag.ROUTER | NeighborFlag.EXT_LEARNED

/**
 * Returns the rules for the neighbours (ARP, ND) of one interface, for `reconcile` and `keep` of `@rtnl/reconcile`. A neighbour
 * that the kernel has learned by itself gives way to a desired one. A desired neighbour that ages (`reachable`, `stale`,
 * `delay` or `probe`) is as desired in each of these states while it has its hardware address. It is written again when the
 * kernel has given it up. A managed one (`flagsExt` 1) is as desired whatever the kernel has found.
 * @throws {RangeError} an impossible interface, protocol or length of addresses
 */
export function neighborOwner(ownership: NeighborOwnership): ReconcileRules<Neighbor, DesiredEntry<Neighbor>> {
  const { ifindex, protocol, addressLength } = ownership
  requireIfindex('ifindex', ifindex)
  if (protocol !== undefined) checkNumber('protocol', protocol, 1, 0xff)
  if (addressLength !== undefined) checkNumber('addressLength', addressLength, 1, 32)
  const definition = defineWrittenNeighbors(ifindex)
  const form = new NeighborForm(ownership)
  const condition = noBroadcast(ifindex)
  return {
    definition,
    lease: `neighbours of interface ${ifindex}${protocol === undefined ? '' : ` and protocol ${protocol}`}`,
    normalize: (entry, context) => form.fields.normalize(entry, context, form.whole),
    keyOf: (entry, context) => form.fields.normalize(entry, context, form.key),
    key: (entry) => definition.keyText(entry),
    owns: (actual) => (protocol === undefined ? isAnnounced(actual) : actual.protocol === protocol),
    same: (desired, actual) =>
      (isManaged(desired) ? isLikeManaged(desired, actual) : isLikeUsual(desired, actual)) &&
      (desired.flagsExt ?? 0) === (actual.flagsExt ?? 0) &&
      hasProtocolOf(desired, actual),
    preemptible: isLearnedByKernel,
    strategy(desired, old) {
      // Of a change of the protocol alone the kernel says nothing.
      if (!hasProtocolOf(desired, old)) return 'recreate'
      // The kernel manages a neighbour that needs no looking for, and does not look for it.
      return isManaged(desired) && (old.state & NeighborState.NOARP) !== 0 ? 'recreate' : 'replace'
    },
    // The kernel adds a managed neighbour silently, and announces only whether it has resolved the address.
    unannounced: ['flagsExt'],
    // The kernel may have an entry that it is looking for, which is none yet, and would refuse to add another.
    flags: () => MessageFlag.CREATE | MessageFlag.REPLACE,
    deleteKey: ({ family, dst = '' }) => ({ family, ifindex, dst }),
    describe: ({ dst }) => `neighbor ${dst}`,
    interfaces: linkDependency,
    condition,
    needs(desired) {
      const need = condition.needOf(desired)
      return need === undefined ? [needOfInterface(ifindex)] : [needOfInterface(ifindex), need]
    },
    missing: [Errno.ENOENT, Errno.ENXIO, Errno.ENODEV],
  }
}

function isLikeUsual(desired: Neighbor, actual: Neighbor): boolean {
  return (
    desired.lladdr === actual.lladdr &&
    (desired.state === actual.state || (ages(desired) && ages(actual))) &&
    desired.flags === (actual.flags & lastingFlags)
  )
}

/** The state, the hardware address and whether it is a router are what the kernel has found. */
function isLikeManaged(desired: Neighbor, actual: Neighbor): boolean {
  return (
    (actual.state & staticStates) === 0 &&
    (desired.flags & NeighborFlag.EXT_LEARNED) === (actual.flags & NeighborFlag.EXT_LEARNED)
  )
}

/** The kernel keeps the protocol of an entry that is written without one. */
function hasProtocolOf(desired: Neighbor, actual: Neighbor): boolean {
  return desired.protocol === undefined || desired.protocol === actual.protocol
}

function isLearnedByKernel({ state, flags, flagsExt = 0, protocol }: Neighbor): boolean {
  const lasting = (state & staticStates) !== 0 || (flags & NeighborFlag.EXT_LEARNED) !== 0 || flagsExt !== 0
  return !lasting && protocol === undefined
}
