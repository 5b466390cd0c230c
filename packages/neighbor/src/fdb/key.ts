import type { RowDraft, TableDefinition } from '@rtnl/live-table'
import { findAttribute } from '@rtnl/netlink-core'
import { NeighborAttribute, NeighborFlag, NeighborState } from '../constants.ts'
import { type Neighbor, neighborHeader } from '../message.ts'
import { flagsOfRow, isFloodRow, setStateOfRow, stateOfRow } from '../row.ts'

/** The fields of the keys of all kinds of entries. A hardware address has 6 bytes. */
export const fdbKey: TableDefinition<Neighbor>['key'] = [
  'ifindex',
  'dst',
  { field: 'lladdr', bytes: 8 },
  'vlan',
  'port',
  'vni',
  'srcVni',
  'viaIfindex',
  'master',
]

/** Words of the key: `dst` has four, `lladdr` two. */
const word = {
  ifindex: 0,
  dst: 1,
  lladdr: 5,
  vlan: 7,
  port: 8,
  vni: 9,
  srcVni: 10,
  viaIfindex: 11,
  master: 12,
} as const
const wordCount = 13

/** In the key, the VNI 0 of a remote. A remote without one has that of the vxlan, and is another one. */
const vniZero = -1

/**
 * Sets to 0 what does not belong to the key of this kind of entry:
 * - of a bridge: bridge, address and VLAN. An address moves from port to port without being deleted.
 * - of a vxlan: interface, address and VNI. Its remote is replaced.
 * - of a vxlan, an address that it floods to: the remote too, as there may be many.
 */
export function prepareFdb(draft: RowDraft): void {
  const { key } = draft
  if ((flagsOfRow(draft) & NeighborFlag.SELF) === 0) {
    clearRemote(key)
    key[word.ifindex] = 0
    key[word.srcVni] = 0
    // An entry that has aged and is not yet collected shows so in dumps only.
    if (stateOfRow(draft) === NeighborState.STALE) setStateOfRow(draft, NeighborState.REACHABLE)
  } else {
    if (!isFloodRow(draft)) clearRemote(key)
    else if (key[word.vni] === 0 && hasVni(draft)) key[word.vni] = vniZero
    key[word.vlan] = 0
    key[word.master] = 0
  }
}

function hasVni({ view, start, end }: RowDraft): boolean {
  return findAttribute(view, start + neighborHeader.size, end, NeighborAttribute.VNI) >= 0
}

function clearRemote(key: Int32Array): void {
  key.fill(0, word.dst, word.dst + 4)
  key[word.port] = 0
  key[word.vni] = 0
  key[word.viaIfindex] = 0
}

export function fdbKeyText(entry: Neighbor): string {
  const { ifindex, master, lladdr, vlan, dst, port, vni, srcVni, viaIfindex } = entry
  if ((entry.flags & NeighborFlag.SELF) === 0) return text(`master ${master} ${lladdr}`, { vlan })
  // An address of zeros is no remote. In the key it is the same as none, as the kernel may put a group in its place (`nhId`).
  const to = dst === '0.0.0.0' || dst === '::' ? undefined : dst
  const remote = isFloodAddress(lladdr) ? { dst: to, port, vni, via: viaIfindex } : {}
  return text(`${ifindex} ${lladdr}`, { src_vni: srcVni, ...remote })
}

function text(start: string, words: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${value}`]))
  return start + given.join('')
}

/** Whether a hardware address is all zero or that of a group: a vxlan floods to all its remotes. */
export function isFloodAddress(lladdr: string | undefined): boolean {
  if (lladdr === undefined || lladdr === '') return false
  return (Number.parseInt(lladdr.slice(0, 2), 16) & 1) !== 0 || /^[0:]+$/.test(lladdr)
}

/** Writes the words of keys of entries that are no flood addresses, as `prepareFdb` leaves them, without encoding a message. */
export class FdbKeyWords {
  readonly words = new Int32Array(wordCount)
  readonly #bytes = new Uint8Array(this.words.buffer)
  readonly #shorts = new Uint16Array(this.words.buffer)

  /** @returns whether `words` is the key now: other keys have fields, or texts, that have to be encoded */
  write(key: Partial<Neighbor>): boolean {
    const { words } = this
    const { ifindex, master, vlan, srcVni } = key
    if (key.dst !== undefined || key.port !== undefined || key.vni !== undefined || key.viaIfindex !== undefined)
      return false
    if (!fits(key.state, 0xffff) || !fits(ifindex, 0x7fffffff) || !fits(master, 0xffffffff)) return false
    if (!fits(vlan, 0xffff) || !fits(srcVni, 0xffffffff) || !this.#writeAddress(key.lladdr)) return false
    const isOfBridge = master !== undefined
    words[word.ifindex] = isOfBridge ? 0 : (ifindex ?? 0)
    words[word.vlan] = 0
    if (isOfBridge) this.#shorts[word.vlan * 2] = vlan ?? 0
    words[word.srcVni] = isOfBridge ? 0 : (srcVni ?? 0)
    words[word.master] = master ?? 0
    return true
  }

  #writeAddress(text: string | undefined): boolean {
    if (text?.length !== addressLength) return false
    const bytes = this.#bytes
    let sum = 0
    for (let place = 0; place < 6; place++) {
      const at = place * 3
      const byte = hexDigit(text, at) * 16 + hexDigit(text, at + 1)
      if (!(byte >= 0) || (place > 0 && text.charCodeAt(at - 1) !== colon)) return false
      bytes[word.lladdr * 4 + place] = byte
      sum += byte
    }
    return sum > 0 && (bytes[word.lladdr * 4]! & 1) === 0
  }
}

/** Characters of a hardware address of 6 bytes. */
const addressLength = 17
const colon = 58

/** Whether a number that is not given, or is from 0 to `most`. */
function fits(value: number | undefined, most: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)
}

/** @returns `NaN` for another character */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 48 && code <= 57) return code - 48
  const letter = (code | 32) - 97
  return letter >= 0 && letter < 6 ? letter + 10 : Number.NaN
}
