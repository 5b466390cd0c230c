import type { Link } from '@rtnl/link'
import { AddressFamily, InvalidValue, showValue } from '@rtnl/netlink-core'
import {
  type CheckedFields,
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  linkAddress,
  missing,
  oneOf,
  onlyInterface,
  present,
  refused,
  unlessZero,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState, NeighborType } from '../constants.ts'
import { isFloodAddress } from '../fdb/key.ts'
import type { Neighbor } from '../message.ts'
import { fdbState, noProtocol, requireStatic } from './fdb-fields.ts'
import { setByKernel } from './fields.ts'

const largestVni = 0xffffff

/** Flags that say what an entry of a vxlan is; the driver of a network card sets others. */
export const remoteFlags = NeighborFlag.EXT_LEARNED | NeighborFlag.STICKY | NeighborFlag.ROUTER

/** The state that the kernel makes of the state in a request for a vxlan. */
const remoteState: FieldRule<number, unknown> = (value) => {
  const state = fdbState(value, undefined) ?? 0
  if (state === 0) throw new InvalidValue(`${showValue(value)} is no state of a forwarding entry`)
  return state === NeighborState.NOARP ? state | NeighborState.REACHABLE : state
}

const flagBits = flagSet({
  written: {
    self: NeighborFlag.SELF,
    extern_learn: NeighborFlag.EXT_LEARNED,
    sticky: NeighborFlag.STICKY,
    router: NeighborFlag.ROUTER,
  },
  shown: { offload: NeighborFlag.OFFLOADED },
})

/** How the remotes of a vxlan are checked and brought into the form in which the kernel shows them. */
export class RemoteForm {
  readonly #link: Link
  readonly #additive: boolean
  readonly fields: EntryFields<Neighbor>

  constructor(link: Link, additive: boolean) {
    this.#link = link
    this.#additive = additive
    const { vxlan } = link
    const oneVni = `is for a vxlan that is external; ${link.ifname ?? link.ifindex} has one VNI`
    this.fields = new EntryFields<Neighbor>(
      'fdb',
      {
        family: oneOf({ bridge: AddressFamily.BRIDGE }),
        ifindex: onlyInterface(link.ifindex),
        state: remoteState,
        flags: flagBits,
        type: setByKernel(oneOf({ unspec: NeighborType.UNSPEC, unicast: NeighborType.UNICAST })),
        dst: ipAddress(),
        lladdr: linkAddress(6),
        vlan: refused('entries of a vxlan have none'),
        port: unlessIs(vxlan?.port, wholeNumber(1, 0xffff)),
        vni: unlessIs(vxlan?.id, wholeNumber(0, largestVni)),
        srcVni: vxlan?.collectMetadata === 1 ? unlessZero(wholeNumber(0, largestVni)) : refused(oneVni),
        viaIfindex: interfaceIndex,
        nhId: wholeNumber(1, 0xffffffff),
        master: refused('entries of a vxlan itself have none; those of its bridge have another owner (master: true)'),
        protocol: noProtocol,
        flagsExt: unlessZero(flagSet({ written: {} })),
      },
      { dev: 'ifindex', mac: 'lladdr', via: 'viaIfindex', remote: 'dst' },
    )
  }

  /** What names an entry; one that is flooded to stands for one remote. */
  readonly key = ({ lladdr, dst, port, vni, srcVni, viaIfindex, nhId }: CheckedFields<Neighbor>): Neighbor => {
    if (lladdr === undefined) throw missing('lladdr')
    if (isFloodAddress(lladdr) && dst === undefined && nhId === undefined) throw noRemote()
    return present<Neighbor>({
      family: AddressFamily.BRIDGE,
      ifindex: this.#link.ifindex,
      state: 0,
      flags: NeighborFlag.SELF,
      type: NeighborType.UNICAST,
      dst,
      lladdr,
      vlan: undefined,
      port,
      vni,
      srcVni,
      viaIfindex,
      nhId,
      master: undefined,
      protocol: undefined,
      flagsExt: undefined,
    })
  }

  readonly whole = (checked: CheckedFields<Neighbor>): Neighbor => {
    const { state = NeighborState.NOARP | NeighborState.REACHABLE, flags = 0, dst, nhId } = checked
    const key = this.key(checked)
    if (dst === undefined && nhId === undefined) throw noRemote()
    for (const field of nhId === undefined ? [] : (['dst', 'port', 'vni', 'viaIfindex'] as const)) {
      if (checked[field] !== undefined) throw new InvalidValue('cannot stand beside nhId', true).under(field)
    }
    if (!this.#additive) requireStatic(state, flags)
    return { ...key, state, flags: flags | NeighborFlag.SELF }
  }
}

function noRemote(): InvalidValue {
  return missing('dst', '; an entry of a vxlan has it, or nhId')
}

/** The kernel leaves out what the vxlan itself has. */
function unlessIs(usual: number | undefined, rule: FieldRule<number, unknown>): FieldRule<number, unknown> {
  return (value) => {
    const number = rule(value, undefined)
    return number === usual ? undefined : number
  }
}
