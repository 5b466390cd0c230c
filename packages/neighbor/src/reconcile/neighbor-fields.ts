import { routingProtocols } from '@rtnl/names'
import {
  AddressFamily,
  addressBytes,
  familyOfText,
  formatHardwareAddress,
  InvalidValue,
  parseAddress,
  showValue,
} from '@rtnl/netlink-core'
import {
  type CheckedFields,
  EntryFields,
  type FieldRule,
  flagSet,
  ipAddress,
  linkAddress,
  missing,
  named,
  oneOf,
  onlyInterface,
  refused,
  unlessZero,
} from '@rtnl/reconcile/declarations'
import { NeighborExtendedFlag, NeighborFlag, NeighborState, NeighborType } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { additively, setByKernel } from './fields.ts'

/** Which neighbours of an interface are owned. */
export interface NeighborOwnership {
  /** Index of the interface. */
  readonly ifindex: number
  /**
   * The protocol of owned neighbours (`RTPROT_*`, `NDA_PROTOCOL`). Without one, owned neighbours are those that are static
   * (`NOARP`), not permanent and not learned from elsewhere.
   */
  readonly protocol?: number | undefined
  /**
   * For additive mode: neighbours of every form can be desired, also those that cannot be recognized as owned later.
   * Neighbours that are not desired stay, whatever their form.
   */
  readonly additive?: boolean | undefined
  /** Bytes of the interface's hardware addresses: 4 or 16 of a tunnel, 20 of Infiniband. Default: 6. */
  readonly addressLength?: number | undefined
}

/** States of what does not change by itself. */
export const staticStates = NeighborState.NOARP | NeighborState.PERMANENT
const agingStates = NeighborState.REACHABLE | NeighborState.STALE | NeighborState.DELAY | NeighborState.PROBE
/** States of a neighbour that has no hardware address. */
const unresolvedStates = NeighborState.INCOMPLETE | NeighborState.FAILED

/** Whether a neighbour ages: the kernel goes from one of these states to the next by itself, and back. */
export function ages({ state }: Neighbor): boolean {
  return (state & agingStates) !== 0 && (state & staticStates) === 0
}

/** Whether the kernel itself looks for the hardware address of a neighbour, over and over, and keeps it up to date. */
export function isManaged({ flagsExt = 0 }: { readonly flagsExt?: number | undefined }): boolean {
  return (flagsExt & NeighborExtendedFlag.MANAGED) !== 0
}

const stateBits = flagSet({
  written: {
    none: NeighborState.NONE,
    incomplete: NeighborState.INCOMPLETE,
    failed: NeighborState.FAILED,
    reachable: NeighborState.REACHABLE,
    stale: NeighborState.STALE,
    delay: NeighborState.DELAY,
    probe: NeighborState.PROBE,
    noarp: NeighborState.NOARP,
    permanent: NeighborState.PERMANENT,
  },
})

const neighborState: FieldRule<number, unknown> = (value) => {
  const state = stateBits(value, undefined) ?? 0
  if ((state & (state - 1)) === 0 || state === staticStates) return state
  throw new InvalidValue(`${showValue(value)} is not one state of a neighbour`)
}

const flagBits = flagSet({
  written: { extern_learn: NeighborFlag.EXT_LEARNED, router: NeighborFlag.ROUTER, proxy: NeighborFlag.PROXY },
  shown: { offload: NeighborFlag.OFFLOADED },
})

const neighborFlags: FieldRule<number, unknown> = (value) => {
  const flags = flagBits(value, undefined) ?? 0
  if ((flags & NeighborFlag.PROXY) === 0) return flags
  const why = 'the kernel keeps proxy entries in a table of their own; proxyOwner writes there'
  throw new InvalidValue(`${showValue(value)} has proxy (8): ${why}`)
}

const extendedFlagBits = flagSet({
  written: { managed: NeighborExtendedFlag.MANAGED, ext_validated: NeighborExtendedFlag.EXT_VALIDATED },
})

const neighborExtendedFlags: FieldRule<number, unknown> = (value) => {
  const flags = extendedFlagBits(value, undefined) ?? 0
  if (flags !== (NeighborExtendedFlag.MANAGED | NeighborExtendedFlag.EXT_VALIDATED)) return flags
  const why = 'the kernel makes no managed neighbour as ext_validated'
  throw new InvalidValue(`${showValue(value)} has managed (1) and ext_validated (4): ${why}`)
}

/** Addresses of which the kernel has neighbours of its own, if any: it shows none that somebody writes there. */
const unusual: readonly { readonly name: string; is(bytes: Uint8Array): boolean }[] = [
  { name: 'a multicast address', is: (bytes) => (bytes.length === 4 ? bytes[0]! >> 4 === 14 : bytes[0] === 0xff) },
  { name: 'the broadcast address', is: (bytes) => bytes.length === 4 && bytes.every((byte) => byte === 0xff) },
  { name: 'no address of an interface', is: (bytes) => bytes.every((byte) => byte === 0) },
  { name: 'a loopback address', is: (bytes) => (bytes.length === 4 ? bytes[0] === 127 : isOne(bytes)) },
]

function isOne(bytes: Uint8Array): boolean {
  return bytes.every((byte, place) => byte === (place === bytes.length - 1 ? 1 : 0))
}

const text = ipAddress()

const neighborAddress: FieldRule<string, unknown> = (value) => {
  const address = text(value, undefined)!
  const bytes = addressBytes(address)
  const found = unusual.find(({ is }) => is(bytes))
  if (found !== undefined) throw new InvalidValue(`${address} is ${found.name}, which can have no neighbour`)
  return address
}

/** Bytes of a hardware address of Ethernet. */
const ethernet = 6
const hexPairs = /^[0-9a-f]{2}(?::[0-9a-f]{2})*$/i

/**
 * Hex pairs, or an IP address, as `ip` prints that of a tunnel. It becomes hex pairs, as entries have it. The kernel takes the
 * beginning of one that is too long.
 */
function hardwareAddress(length: number): FieldRule<string, unknown> {
  const ofLength = linkAddress(length)
  return (value) => {
    const bytes = typeof value === 'string' && !hexPairs.test(value) ? parseAddress(value) : undefined
    if (bytes === undefined) return ofLength(value, undefined)
    if (bytes.length !== length) throw new InvalidValue(`${showValue(value)} has not ${length} bytes`)
    return formatHardwareAddress(new DataView(bytes.buffer), 0, length)
  }
}

/** How the neighbours of an owner are checked and brought into the form in which the kernel shows them. */
export class NeighborForm {
  readonly #ownership: NeighborOwnership
  readonly fields: EntryFields<Neighbor>

  constructor(ownership: NeighborOwnership) {
    this.#ownership = ownership
    const none = refused('neighbours have none')
    this.fields = new EntryFields<Neighbor>(
      'neighbor',
      {
        family: oneOf({ inet: AddressFamily.INET, inet6: AddressFamily.INET6 }),
        ifindex: onlyInterface(ownership.ifindex),
        state: neighborState,
        flags: neighborFlags,
        type: setByKernel(oneOf(types)),
        dst: neighborAddress,
        lladdr: hardwareAddress(ownership.addressLength ?? ethernet),
        vlan: none,
        port: none,
        vni: none,
        srcVni: none,
        viaIfindex: none,
        nhId: none,
        master: none,
        protocol: unlessZero(named('a routing protocol', routingProtocols, 0, 0xff)),
        flagsExt: unlessZero(neighborExtendedFlags),
      },
      { dev: 'ifindex', mac: 'lladdr', nud: 'state' },
    )
  }

  /** What names a neighbour; the other fields say nothing. */
  readonly key = ({ family, dst }: CheckedFields<Neighbor>): Neighbor & { dst: string } => {
    if (dst === undefined) throw missing('dst')
    const actual = familyOfText(dst)
    if (family !== undefined && family !== actual) {
      throw new InvalidValue(`${family} is not that of ${dst}, ${actual}`).under('family')
    }
    const { ifindex } = this.#ownership
    return { family: actual, ifindex, state: 0, flags: 0, type: NeighborType.UNICAST, dst }
  }

  readonly whole = (checked: CheckedFields<Neighbor>): Neighbor => {
    const { flagsExt } = checked
    const key = this.key(checked)
    const found = isManaged(checked) ? managed(checked) : usual(checked)
    const protocol = this.#protocol(checked.protocol)
    if (protocol === undefined && this.#ownership.additive !== true) requireMark(found, flagsExt)
    return {
      ...key,
      ...found,
      ...(protocol === undefined ? {} : { protocol }),
      ...(flagsExt === undefined ? {} : { flagsExt }),
    }
  }

  #protocol(given: number | undefined): number | undefined {
    const { protocol, additive } = this.#ownership
    if (given === undefined || given === protocol) return protocol
    if (protocol !== undefined)
      throw new InvalidValue(`${given} is not ${protocol}, which marks ours`).under('protocol')
    if (additive === true) return given
    throw new InvalidValue(`${given} is given, and neighbours of ours are known by their state`).under('protocol')
  }
}

const types = { unspec: 0, unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5 }

type Found = Pick<Neighbor, 'state' | 'flags' | 'lladdr'>

/** A neighbour whose hardware address is given. */
function usual({ state = NeighborState.NOARP, flags = 0, lladdr }: CheckedFields<Neighbor>): Found {
  if (state === NeighborState.NONE || (state & unresolvedStates) !== 0) {
    const why = 'only a managed one (flagsExt 1) can be without'
    throw new InvalidValue(`${state} is not one state of a neighbour that has a hardware address; ${why}`).under(
      'state',
    )
  }
  if (lladdr === undefined) throw missing('lladdr')
  return { state, flags, lladdr }
}

/**
 * A managed neighbour: the kernel takes neither a state nor a hardware address for it, nor whether it is a router. What it
 * has found is in entries as they are read, beside their state, and is left to the kernel.
 */
function managed({ state, flags = 0, lladdr }: CheckedFields<Neighbor>): Found {
  if (((state ?? 0) & staticStates) !== 0) {
    const why = 'a managed neighbour (flagsExt 1) has the state that the kernel finds'
    throw new InvalidValue(`${state} is permanent (128) or noarp (64): ${why}`).under('state')
  }
  const why = 'the kernel finds that of a managed neighbour (flagsExt 1) by itself'
  if (state === undefined && lladdr !== undefined) throw new InvalidValue(`${lladdr} is given: ${why}`).under('lladdr')
  if (state === undefined && (flags & NeighborFlag.ROUTER) !== 0) {
    throw new InvalidValue(`${flags} has router (128): ${why}`).under('flags')
  }
  return { state: NeighborState.NONE, flags: flags & ~NeighborFlag.ROUTER }
}

/** Without a protocol, the form of a neighbour says whose it is: refuses other forms. */
function requireMark({ state, flags }: Found, flagsExt: number | undefined): void {
  const otherwise = `give the owner a protocol, or ${additively}`
  if (isManaged({ flagsExt })) {
    throw new InvalidValue(`${flagsExt} has managed (1), which does not mark a neighbour as ours; ${otherwise}`).under(
      'flagsExt',
    )
  }
  if (state !== NeighborState.NOARP) {
    throw new InvalidValue(`${state} does not mark a neighbour as ours, as noarp (64) does; ${otherwise}`).under(
      'state',
    )
  }
  if ((flags & NeighborFlag.EXT_LEARNED) === 0) return
  throw new InvalidValue(`${flags} has extern_learn (16), by which a neighbour is not ours; ${otherwise}`).under(
    'flags',
  )
}
