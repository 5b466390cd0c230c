import { routingTables, seg6LocalActions, seg6LocalFlavors } from '@rtnl/names'
import {
  AddressFamily,
  type Encapsulation,
  InvalidValue,
  Seg6LocalAction,
  type Seg6LocalEncapsulation,
  Seg6LocalFlavor,
  showValue,
} from '@rtnl/netlink-core'
import {
  type CheckedFields,
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  named,
  present,
  refused,
  structure,
  wholeNumber,
} from '@rtnl/reconcile/declarations'

/** What an encapsulation may be, and what the kernel makes of it (`net/ipv6/seg6_local.c`). */

type Field = keyof Seg6LocalEncapsulation
type Counters = NonNullable<Seg6LocalEncapsulation['counters']>
type Flavors = NonNullable<Seg6LocalEncapsulation['flavors']>

const u32 = 0xffffffff
const { END, END_X, END_T, END_DX2, END_DX6, END_DX4, END_DT6, END_DT4, END_B6, END_B6_ENCAP, END_DT46 } =
  Seg6LocalAction

/** The fields of each action: one of `needs` is to be there; counters may always be. What else there is the kernel drops. */
const fieldsOfActions = new Map<number, { readonly needs: readonly Field[]; readonly takes?: readonly Field[] }>([
  [END, { needs: [], takes: ['flavors'] }],
  [END_X, { needs: ['nh6'], takes: ['oif', 'flavors'] }],
  [END_T, { needs: ['table'] }],
  [END_DX2, { needs: ['oif'] }],
  [END_DX6, { needs: ['nh6'] }],
  [END_DX4, { needs: ['nh4'] }],
  [END_DT6, { needs: ['table', 'vrftable'] }],
  [END_DT4, { needs: ['vrftable'] }],
  [END_B6, { needs: ['srh'] }],
  [END_B6_ENCAP, { needs: ['srh'] }],
  [END_DT46, { needs: ['vrftable'] }],
])

/** Bits of an address, and of what it is cut into. */
const addressBits = 128
const bitsOfPart = 8
const partOfAddress: FieldRule<number, unknown> = (value) => {
  const bits = wholeNumber(bitsOfPart, addressBits - bitsOfPart)(value, undefined)!
  if (bits % bitsOfPart !== 0) throw new InvalidValue(`${bits} is not a multiple of ${bitsOfPart}`)
  return bits
}

const flavorFields = new EntryFields<Flavors>('flavors', {
  operation: flagSet({ written: seg6LocalFlavors }),
  lcblockBits: partOfAddress,
  lcnodeFnBits: partOfAddress,
})

function finishFlavors({ operation = 0, lcblockBits, lcnodeFnBits }: CheckedFields<Flavors>): Flavors {
  if (operation === 0) throw new InvalidValue('is missing', true).under('operation')
  if ((operation & Seg6LocalFlavor.NEXT_CSID) === 0) {
    const [bits, field] = lcblockBits === undefined ? [lcnodeFnBits, 'lcnodeFnBits'] : [lcblockBits, 'lcblockBits']
    if (bits !== undefined) throw new InvalidValue(`${bits} belongs to operation 16 (next-csid)`).under(field)
    return { operation }
  }
  // What the kernel takes where nothing is said.
  const [block, node] = [lcblockBits ?? 32, lcnodeFnBits ?? 16]
  if (block + node > addressBits) {
    throw new InvalidValue(`${node} and the ${block} of lcblockBits are more than ${addressBits}`).under('lcnodeFnBits')
  }
  return { operation, lcblockBits: block, lcnodeFnBits: node }
}

const count = wholeNumber(0, Number.MAX_SAFE_INTEGER)
const counterFields = new EntryFields<Counters>('counters', { packets: count, bytes: count, errors: count })

const table = named('a routing table', routingTables, 0, u32)

const localFields = new EntryFields<Seg6LocalEncapsulation>('encap', {
  action: named('an action', seg6LocalActions, 1, u32),
  // Checked as it is written.
  srh: (value) => value as NonNullable<Seg6LocalEncapsulation['srh']>,
  table,
  nh4: ipAddress(AddressFamily.INET),
  nh6: ipAddress(AddressFamily.INET6),
  iif: interfaceIndex,
  oif: interfaceIndex,
  bpf: refused('a program is shown by its id, and written by an open file, which an entry cannot have'),
  vrftable: table,
  // The kernel counts from 0, whatever the request has.
  counters: structure(counterFields, () => ({ packets: 0, bytes: 0, errors: 0 })),
  flavors: structure(flavorFields, finishFlavors),
})

function finishLocal(checked: CheckedFields<Seg6LocalEncapsulation>): Seg6LocalEncapsulation {
  const { action } = checked
  if (action === undefined) throw new InvalidValue('is missing', true).under('action')
  const made = present<Seg6LocalEncapsulation>(checked)
  const known = fieldsOfActions.get(action)
  // A kernel that knows more actions says itself what is wrong with them.
  if (known === undefined) return made
  const { needs, takes = [] } = known
  const name = seg6LocalActions.nameOf(action)
  const missing = needs.length > 0 && !needs.some((field) => made[field] !== undefined)
  if (missing) throw new InvalidValue(`action ${action} (${name}) needs one`, true).under(needs.join(' or '))
  const allowed: readonly string[] = ['action', 'counters', ...needs, ...takes]
  const other = Object.keys(made).find((field) => !allowed.includes(field))
  if (other !== undefined) {
    throw new InvalidValue(`${showValue(made[other as Field])}: action ${action} (${name}) has none`).under(other)
  }
  return made
}

const local = structure(localFields, finishLocal)

/** The rule of `encap`. Other forms than that with an action are checked as they are written, by what `encapType` says. */
export const encapsulationField: FieldRule<Encapsulation> = (value, context) => {
  const isLocal = typeof value === 'object' && value !== null && Object.hasOwn(value, 'action')
  return isLocal ? local(value, context) : (value as Encapsulation)
}

/** The interface that packets go out of by an encapsulation, if it names one. */
export function interfaceOfEncapsulation(encapsulation: Encapsulation | undefined): number | undefined {
  return typeof encapsulation === 'object' && 'oif' in encapsulation ? encapsulation.oif : undefined
}
