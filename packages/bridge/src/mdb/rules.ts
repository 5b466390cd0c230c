import { linkDependency, needOfInterface, requireIfindex } from '@rtnl/link'
import { routingProtocols } from '@rtnl/names'
import {
  AddressFamily,
  checkNumber,
  Errno,
  type Infer,
  InvalidValue,
  MessageFlag,
  RouteProtocol,
  showValue,
} from '@rtnl/netlink-core'
import {
  type CarriedEntry,
  type CheckedFields,
  carriedBy,
  type DesiredEntry,
  EntryFields,
  type FieldRule,
  interfaceIndex,
  missing,
  named,
  ofKind,
  oneOf,
  onlyInterface,
  present,
  type ReconcileRules,
  refused,
  shownOnly,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { addressUnlessZero } from '../address-field.ts'
import { MdbMode, MdbState } from './constants.ts'
import { defineMdb } from './definition.ts'
import { groupAddress, isHardwareAddress } from './group.ts'
import { type Mdb, mdbRequest } from './message.ts'

/** Which multicast groups are owned: those of one protocol at the ports of one bridge. */
export interface MdbOwnership {
  /** Index of the bridge. */
  readonly ifindex: number
  /** Routing protocol (`RTPROT_*`) of the owned groups. Default: static (4), which the kernel sets. Others need Linux 6.3. */
  readonly protocol?: number | undefined
}

const canonicalGroup = ofKind(groupAddress)

const group: FieldRule<string, unknown> = (value) => {
  const address = canonicalGroup(value, undefined) as string
  const isGroup = isHardwareAddress(address)
    ? (Number.parseInt(address.slice(0, 2), 16) & 1) !== 0
    : /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(address)
  if (isGroup) return address
  throw new InvalidValue(`${showValue(address)} is not the address of a multicast group`)
}

/**
 * Returns the rules for multicast groups at the ports of a bridge, for `reconcile` and `keep` of `@rtnl/reconcile`. Learned groups
 * are not owned, nor are the groups of the bridge itself, for which the kernel stores no protocol.
 * @throws {RangeError} an impossible interface or protocol
 */
export function mdbOwner(ownership: MdbOwnership): ReconcileRules<Mdb, DesiredEntry<Mdb>> {
  const { ifindex, protocol = RouteProtocol.STATIC } = ownership
  requireIfindex('ifindex', ifindex)
  checkNumber('protocol', protocol, RouteProtocol.BOOT, 0xff)
  const definition = defineMdb({ ifindex })
  const fields = mdbFields(ifindex)
  const finish = (checked: CheckedFields<Mdb>): Mdb => {
    const { port, group, state = MdbState.PERMANENT, protocol: given = protocol } = checked
    if (port === undefined) throw missing('port')
    if (group === undefined) throw missing('group')
    if (port === ifindex)
      throw new InvalidValue(`${port} is the bridge itself, whose groups nothing marks as ours`).under('port')
    if (given !== protocol) throw new InvalidValue(`${given} is not ${protocol}, which marks ours`).under('protocol')
    return { ...present<Mdb>(checked), family: AddressFamily.BRIDGE, ifindex, port, group, state, protocol }
  }
  return {
    definition,
    lease: `multicast groups of bridge ${ifindex} and protocol ${protocol}`,
    normalize: (entry, context) => fields.normalize(entry, context, finish),
    key: definition.keyText,
    owns: (actual) => actual.protocol === protocol,
    same: (desired, actual) =>
      desired.state === actual.state && (desired.groupMode === undefined || desired.groupMode === actual.groupMode),
    strategy: () => 'replace',
    flags: {
      add: MessageFlag.CREATE | MessageFlag.EXCL,
      replace: MessageFlag.CREATE | MessageFlag.REPLACE,
      makeBeforeBreak: 0,
      recreate: 0,
    },
    carried: (entry) => carriedEntry(ifindex, entry),
    deleteKey: ({ port = 0, group = '', vid, source }) => ({
      port,
      group,
      ...(vid === undefined ? {} : { vid }),
      ...(source === undefined ? {} : { source }),
    }),
    describe: ({ group, source }) => `mdb ${group}${source === undefined ? '' : ` src ${source}`}`,
    interfaces: linkDependency,
    needs: ({ port = 0 }) => [needOfInterface(ifindex), needOfInterface(port)],
    missing: [Errno.ENOENT, Errno.ENODEV],
    // A port takes its groups along when it leaves the bridge.
    wentWith: (_removed, { errno, extack = '' }) =>
      errno === Errno.EINVAL && /not a bridge port|different bridge/.test(extack),
  }
}

function mdbFields(ifindex: number): EntryFields<Mdb> {
  const none = refused('groups of a bridge have none')
  // The kernel would add an entry for each source that nothing distinguishes from one of ours.
  const listed = refused('an entry for each source, with source, says the same')
  return new EntryFields<Mdb>(
    'mdb',
    {
      family: oneOf({ bridge: AddressFamily.BRIDGE }),
      ifindex: onlyInterface(ifindex),
      port: interfaceIndex,
      vid: wholeNumber(1, 4094),
      group,
      source: addressUnlessZero,
      state: oneOf({ temp: MdbState.TEMPORARY, permanent: MdbState.PERMANENT }),
      flags: shownOnly,
      groupMode: oneOf({ exclude: MdbMode.EXCLUDE, include: MdbMode.INCLUDE }),
      protocol: named('a routing protocol', routingProtocols, 3, 0xff),
      timer: shownOnly,
      sources: listed,
      dst: none,
      dstPort: none,
      vni: none,
      viaIfindex: none,
      srcVni: none,
    },
    { dev: 'ifindex', grp: 'group', src: 'source', filter_mode: 'groupMode' },
  )
}

/** The request for an entry, or to remove it. Kernels before 6.3 know of its options the source alone. */
function carriedEntry(
  ifindex: number,
  { port = 0, state = 0, vid = 0, group = '', ...rest }: Partial<Mdb>,
): CarriedEntry {
  const { source, groupMode, protocol } = rest
  const options: Infer<typeof mdbRequest>['options'] = {
    ...(source === undefined ? {} : { source }),
    ...(groupMode === undefined ? {} : { groupMode }),
    ...(protocol === undefined || protocol === RouteProtocol.STATIC ? {} : { protocol }),
  }
  return carriedBy(mdbRequest, {
    family: AddressFamily.BRIDGE,
    ifindex,
    entry: { port, state, flags: 0, vid, group },
    ...(Object.keys(options).length === 0 ? {} : { options }),
  })
}
