import { linkDependency, needOfInterface, requireIfindex } from '@rtnl/link'
import { AddressFamily, checkNumber, Errno, MessageFlag } from '@rtnl/netlink-core'
import type { DesiredEntry, ReconcileRules, Strategy } from '@rtnl/reconcile/declarations'
import { AddressFlag, AddressProtocol, forever } from './constants.ts'
import { addressDefinition } from './definition.ts'
import { type Address, ownAddress, peerOf } from './message.ts'
import { isLinkLocal, normalizeAddress } from './normalize.ts'

/** Whose addresses are ours: those of an interface that carry a protocol, or that stay. */
export interface AddressOwnership {
  /** Index of the interface. */
  readonly ifindex: number
  /**
   * `IFA_PROTO`, 4 to 255 (Linux 5.18). Without one ours are the addresses that have no end and no protocol, but those of IPv6
   * of one link, which the kernel makes.
   */
  readonly protocol?: number | undefined
  /** Addresses of every protocol are added, and none is removed. */
  readonly additive?: boolean | undefined
}

/** Flags that a program sets; the kernel sets the others. */
const writtenFlags =
  AddressFlag.NODAD |
  AddressFlag.HOMEADDRESS |
  AddressFlag.MANAGETEMPADDR |
  AddressFlag.NOPREFIXROUTE |
  AddressFlag.MCAUTOJOIN

const create = MessageFlag.CREATE | MessageFlag.EXCL

/**
 * How addresses of an interface are kept, for `reconcile` and `keep` of `@rtnl/reconcile`.
 *
 * The kernel removes the secondary addresses of a prefix with the primary one, unless `promote_secondaries` is set: also those
 * of others, where ours was the primary one.
 * @throws {RangeError} there is no such interface or protocol
 */
export function addressOwner(ownership: AddressOwnership): ReconcileRules<Address, DesiredEntry<Address>> {
  const { ifindex, protocol, additive = false } = ownership
  requireIfindex('ifindex', ifindex)
  // Those below 4 are the kernel's.
  if (protocol !== undefined) checkNumber('protocol', protocol, AddressProtocol.KERNEL_LL + 1, 0xff)
  const mark = protocol === undefined ? 'without protocol' : `of protocol ${protocol}`
  return {
    definition: addressDefinition,
    lease: additive ? `addresses of interface ${ifindex}, additively` : `addresses of interface ${ifindex} ${mark}`,
    normalize(wanted, context) {
      const entry = normalizeAddress(wanted, { ifindex, protocol }, context)
      if (entry.ifindex !== ifindex) {
        throw new RangeError(`address.ifindex: ${entry.ifindex} is not ${ifindex}, the interface that is written`)
      }
      if (!additive) checkOwned(entry, protocol)
      return entry
    },
    key: addressDefinition.keyText,
    owns: (actual) => actual.ifindex === ifindex && (additive || isOwned(actual, protocol)),
    isSameOwner: (desired, actual) => desired.protocol === actual.protocol,
    same: (desired, actual) => sameInPlace(desired, actual) && sameState(desired, actual),
    strategy,
    // The kernel announces an IPv6 address when it begins to look for others that have it, which is after the answer.
    unannounced: ['cacheinfo'],
    flags: {
      add: create,
      replace: MessageFlag.CREATE | MessageFlag.REPLACE,
      makeBeforeBreak: create,
      recreate: create,
    },
    // Without the other end the kernel would remove the first one with this address.
    deleteKey: ({ family, prefixlen, ifindex: index, address = '0.0.0.0', local }) => ({
      family,
      prefixlen,
      ifindex: index,
      address,
      ...(local === undefined ? {} : { local }),
    }),
    describe: (entry) => `address ${ownAddress(entry)}/${entry.prefixlen}`,
    interfaces: linkDependency,
    needs: (entry) => [needOfInterface(entry.ifindex)],
    missing: [Errno.EADDRNOTAVAIL, Errno.ENODEV],
  }
}

function isOwned(actual: Address, protocol: number | undefined): boolean {
  if (protocol !== undefined) return actual.protocol === protocol
  return actual.protocol === undefined && (actual.flags! & AddressFlag.PERMANENT) !== 0 && !isLinkLocal(actual)
}

/** Throws for an address that the owner could not distinguish from addresses of others. */
function checkOwned(entry: Address, protocol: number | undefined): void {
  if (protocol !== undefined) {
    if (entry.protocol === protocol) return
    throw new RangeError(`address.protocol: ${entry.protocol} is not ${protocol}, whose addresses are written`)
  }
  if (entry.protocol !== undefined) {
    throw new RangeError(`address.protocol: ${entry.protocol}: addresses without a protocol are written`)
  }
  if (entry.cacheinfo!.valid !== forever) {
    throw new RangeError(`address.cacheinfo.valid: ${entry.cacheinfo!.valid}: an address that ends needs a protocol`)
  }
  if (isLinkLocal(entry)) {
    throw new RangeError(
      `address.address: ${ownAddress(entry)} is of one link, as those that the kernel makes: it needs a protocol`,
    )
  }
}

/** What the kernel cannot change of an address that is there. */
function sameInPlace(desired: Address, actual: Address): boolean {
  const changed = (desired.flags! ^ actual.flags!) & writtenFlags
  if (desired.prefixlen !== actual.prefixlen || desired.scope !== actual.scope) return false
  if (desired.family === AddressFamily.INET) {
    return (
      changed === 0 &&
      desired.broadcast === actual.broadcast &&
      (desired.label === undefined || desired.label === actual.label)
    )
  }
  // What an IPv6 address has it can get otherwise, but not be without.
  const loses = (name: 'rtPriority' | 'protocol'): boolean => desired[name] === undefined && actual[name] !== undefined
  const losesPeer = peerOf(desired) === undefined && peerOf(actual) !== undefined
  return (changed & AddressFlag.MCAUTOJOIN) === 0 && !loses('rtPriority') && !loses('protocol') && !losesPeer
}

function sameState(desired: Address, actual: Address): boolean {
  return (
    ((desired.flags! ^ actual.flags!) & writtenFlags) === 0 &&
    desired.protocol === actual.protocol &&
    desired.rtPriority === actual.rtPriority &&
    peerOf(desired) === peerOf(actual) &&
    sameLifetime(desired.cacheinfo?.preferred, actual.cacheinfo?.preferred) &&
    sameLifetime(desired.cacheinfo?.valid, actual.cacheinfo?.valid)
  )
}

/**
 * A lifetime runs from the moment in which the address is written. One that is longer than wanted is cut, and one of which less
 * than half is left begins anew.
 */
function sameLifetime(wanted = forever, left = forever): boolean {
  if (wanted === forever || left === forever) return wanted === left
  return left <= wanted && left + 1 >= wanted / 2
}

function strategy(desired: Address, old: Address): Strategy {
  return sameInPlace(desired, old) ? 'replace' : 'recreate'
}
