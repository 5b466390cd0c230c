import { linkDependency, needOfInterface, requireIfindex } from '@rtnl/link'
import { routingProtocols } from '@rtnl/names'
import {
  AddressFamily,
  checkNumber,
  Errno,
  familyOfText,
  InvalidValue,
  MessageFlag,
  showValue,
} from '@rtnl/netlink-core'
import {
  type CheckedFields,
  type DesiredEntry,
  EntryFields,
  type FieldRule,
  flagSet,
  ipAddress,
  missing,
  named,
  oneOf,
  onlyInterface,
  type ReconcileRules,
  refused,
  shownOnly,
  unlessZero,
} from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState, NeighborType } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { defineProxies } from '../proxy-definition.ts'

/** Which proxy entries are owned: those of one interface, of one protocol. */
export interface ProxyOwnership {
  /** Index of the interface. */
  readonly ifindex: number
  /** Routing protocol (`RTPROT_*`, `NDA_PROTOCOL`). Without one all proxy entries of the interface are owned. */
  readonly protocol?: number | undefined
}

const flagBits = flagSet({ written: { proxy: NeighborFlag.PROXY, router: NeighborFlag.ROUTER } })

const proxyFlags: FieldRule<number, unknown> = (value) => {
  const flags = flagBits(value, undefined) ?? 0
  if ((flags & NeighborFlag.PROXY) !== 0) return flags
  throw new InvalidValue(`${showValue(value)} has not proxy (8)`)
}

/**
 * Returns the rules for the proxy entries (`ip neigh add proxy`) of one interface. The kernel announces none of their changes.
 * They are reread after each change that the reconciler makes, and every half minute while a controller maintains them.
 * @throws {RangeError} an impossible interface or protocol
 */
export function proxyOwner({ ifindex, protocol }: ProxyOwnership): ReconcileRules<Neighbor, DesiredEntry<Neighbor>> {
  requireIfindex('ifindex', ifindex)
  if (protocol !== undefined) checkNumber('protocol', protocol, 1, 0xff)
  const definition = defineProxies({ ifindex })
  const fields = proxyFields(ifindex)
  const finish = (checked: CheckedFields<Neighbor>): Neighbor => finished(checked, { ifindex, protocol })
  return {
    definition,
    lease: `proxy entries of interface ${ifindex}${protocol === undefined ? '' : ` and protocol ${protocol}`}`,
    normalize: (entry, context) => fields.normalize(entry, context, finish),
    key: (entry) => definition.keyText(entry),
    owns: (actual) => protocol === undefined || actual.protocol === protocol,
    same: (desired, actual) =>
      desired.flags === actual.flags && (desired.protocol === undefined || desired.protocol === actual.protocol),
    strategy: () => 'replace',
    flags: {
      add: MessageFlag.CREATE | MessageFlag.EXCL,
      replace: MessageFlag.CREATE | MessageFlag.REPLACE,
      makeBeforeBreak: 0,
      recreate: 0,
    },
    deleteKey: ({ family, dst = '' }) => ({ family, ifindex, dst, flags: NeighborFlag.PROXY }),
    describe: ({ dst }) => `proxy ${dst}`,
    interfaces: linkDependency,
    needs: () => [needOfInterface(ifindex)],
    missing: [Errno.ENOENT, Errno.ENODEV],
  }
}

function proxyFields(ifindex: number): EntryFields<Neighbor> {
  const none = refused('proxy entries have none')
  return new EntryFields<Neighbor>(
    'neighbor',
    {
      family: oneOf({ inet: AddressFamily.INET, inet6: AddressFamily.INET6 }),
      ifindex: onlyInterface(ifindex),
      state: shownOnly,
      flags: proxyFlags,
      type: shownOnly,
      dst: ipAddress(),
      lladdr: none,
      vlan: none,
      port: none,
      vni: none,
      srcVni: none,
      viaIfindex: none,
      nhId: none,
      master: none,
      protocol: unlessZero(named('a routing protocol', routingProtocols, 0, 0xff)),
      flagsExt: none,
    },
    { dev: 'ifindex' },
  )
}

function finished(checked: CheckedFields<Neighbor>, { ifindex, protocol }: ProxyOwnership): Neighbor {
  const { dst, family, flags = NeighborFlag.PROXY, protocol: given = protocol } = checked
  if (dst === undefined) throw missing('dst')
  const actual = familyOfText(dst)
  if (family !== undefined && family !== actual) {
    throw new InvalidValue(`${family} is not that of ${dst}, ${actual}`).under('family')
  }
  if (protocol !== undefined && given !== protocol) {
    throw new InvalidValue(`${given} is not ${protocol}, which marks ours`).under('protocol')
  }
  return {
    family: actual,
    ifindex,
    state: NeighborState.NONE,
    flags,
    type: NeighborType.UNICAST,
    dst,
    ...(given === undefined ? {} : { protocol: given }),
  }
}
