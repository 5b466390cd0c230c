import type { Link } from '@rtnl/link'
import { AddressFamily, InvalidValue, showValue } from '@rtnl/netlink-core'
import {
  type CheckedFields,
  EntryFields,
  type FieldRule,
  flagSet,
  linkAddress,
  missing,
  oneOf,
  onlyInterface,
  refused,
  unlessZero,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState, NeighborType } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { fdbState, noProtocol, requireStatic } from './fdb-fields.ts'
import { setByKernel } from './fields.ts'

/** Flags that say what an entry of a bridge is; the driver of a network card sets others. */
export const portFlags = NeighborFlag.EXT_LEARNED | NeighborFlag.STICKY

/** The state that a bridge makes of the state in a request. */
const portState: FieldRule<number, unknown> = (value) => {
  const state = fdbState(value, undefined) ?? 0
  if (state === 0) throw new InvalidValue(`${showValue(value)} is no state of a forwarding entry`)
  if ((state & NeighborState.PERMANENT) !== 0) return NeighborState.PERMANENT
  return (state & NeighborState.NOARP) !== 0 ? NeighborState.NOARP : NeighborState.REACHABLE
}

const flagBits = flagSet({
  written: {
    master: NeighborFlag.MASTER,
    extern_learn: NeighborFlag.EXT_LEARNED,
    sticky: NeighborFlag.STICKY,
  },
  shown: { offload: NeighborFlag.OFFLOADED },
})

const ethernetAddress = linkAddress(6)

const portAddress: FieldRule<string, unknown> = (value) => {
  const lladdr = ethernetAddress(value, undefined)!
  if (!/[1-9a-f]/.test(lladdr)) throw new InvalidValue(`${lladdr} can be behind no port of a bridge`)
  return lladdr
}

/** How the addresses behind a port of a bridge are checked and brought into the form in which the kernel shows them. */
export class PortForm {
  readonly #link: Link
  readonly #master: number
  readonly #additive: boolean
  readonly fields: EntryFields<Neighbor>

  constructor(link: Link, master: number, additive: boolean) {
    this.#link = link
    this.#master = master
    this.#additive = additive
    const none = refused('entries of a bridge have none')
    this.fields = new EntryFields<Neighbor>(
      'fdb',
      {
        family: oneOf({ bridge: AddressFamily.BRIDGE }),
        ifindex: onlyInterface(link.ifindex),
        state: portState,
        flags: flagBits,
        type: setByKernel(oneOf({ unspec: NeighborType.UNSPEC })),
        dst: none,
        lladdr: portAddress,
        vlan: wholeNumber(1, 4094),
        port: none,
        vni: none,
        srcVni: none,
        viaIfindex: none,
        nhId: none,
        master: onlyInterface(master),
        protocol: noProtocol,
        flagsExt: unlessZero(flagSet({ written: {} })),
      },
      { dev: 'ifindex', mac: 'lladdr' },
    )
  }

  /** What names an entry: it is one wherever its address moves in the bridge. */
  readonly key = ({ lladdr, vlan }: CheckedFields<Neighbor>): Neighbor & { lladdr: string } => {
    if (lladdr === undefined) throw missing('lladdr')
    return {
      family: AddressFamily.BRIDGE,
      ifindex: this.#link.ifindex,
      state: 0,
      flags: 0,
      type: NeighborType.UNSPEC,
      lladdr,
      ...(vlan === undefined ? {} : { vlan }),
      master: this.#master,
    }
  }

  readonly whole = (checked: CheckedFields<Neighbor>): Neighbor => {
    const flags = (checked.flags ?? 0) & ~NeighborFlag.MASTER
    const learned = (flags & NeighborFlag.EXT_LEARNED) !== 0
    const state = checked.state ?? (learned ? NeighborState.REACHABLE : NeighborState.NOARP)
    const key = this.key(checked)
    if (!this.#additive) requireStatic(state, flags)
    if (learned) requireLearned(state, flags)
    if (state === NeighborState.PERMANENT && (flags & NeighborFlag.STICKY) !== 0) {
      throw new InvalidValue(`${flags} has sticky (64), which a permanent entry of a bridge cannot be`).under('flags')
    }
    return { ...key, state, flags }
  }
}

/** A bridge takes neither a state nor sticky for what is learned from elsewhere, and says nothing. */
function requireLearned(state: number, flags: number): void {
  const learned = 'what a bridge has by extern_learn'
  if (state !== NeighborState.REACHABLE) {
    throw new InvalidValue(`${state} is not dynamic (2), ${learned}`).under('state')
  }
  if ((flags & NeighborFlag.STICKY) === 0) return
  throw new InvalidValue(`${flags} has sticky (64), which ${learned} cannot be`).under('flags')
}
