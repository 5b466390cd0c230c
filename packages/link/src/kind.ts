import {
  type Composed,
  composed,
  findAttribute,
  formatString,
  InvalidValue,
  type Kind,
  littleEndian,
  showValue,
  span,
  type Writer,
} from '@rtnl/netlink-core'
import { bond, bondSlave } from './bond.ts'
import { bridgePort } from './bridge-port.ts'
import { LinkAttribute, LinkInfoAttribute } from './constants.ts'
import { bridge, macvlan, vlan, vrf, vxlan } from './kind-data.ts'

/** One of the two parts of `IFLA_LINKINFO`: the kind of a link, and the kind of the master whose port it is. */
interface Side {
  /** The field with the name of the kind. */
  readonly field: 'kind' | 'slaveKind'
  /** Types of the attributes with the name and with the data. */
  readonly name: number
  readonly data: number
}

const own: Side = { field: 'kind', name: LinkInfoAttribute.KIND, data: LinkInfoAttribute.DATA }
const port: Side = { field: 'slaveKind', name: LinkInfoAttribute.SLAVE_KIND, data: LinkInfoAttribute.SLAVE_DATA }

/** Data that are a field of an entry. */
interface KindData<T> {
  readonly side: Side
  readonly kind: string
  readonly set: Kind<T>
}

const linkInfo = [span(LinkAttribute.LINKINFO, 0, 0xffff)]

function payloadLength(view: DataView, payload: number): number {
  return view.getUint16(payload - 4, littleEndian) - 4
}

/** Whether the attribute at an offset is this name, with or without a NUL behind it. */
function isName(view: DataView, at: number, name: string): boolean {
  const length = payloadLength(view, at)
  if (length < name.length || (length > name.length && view.getUint8(at + name.length) !== 0)) return false
  for (let i = 0; i < name.length; i++) if (view.getUint8(at + i) !== name.charCodeAt(i)) return false
  return true
}

/** The data of one kind of link, present where the link is of that kind, or a port of it; `kind` writes them. */
function dataOf<T>({ side, kind, set }: KindData<T>): Composed<T> {
  const read = (view: DataView, at: number, length: number, volatile: boolean): T | undefined => {
    const name = at < 0 ? -1 : findAttribute(view, at, at + length, side.name)
    if (name < 0 || !isName(view, name, kind)) return undefined
    const data = findAttribute(view, at, at + length, side.data)
    return data < 0 ? undefined : set.read(view, data, payloadLength(view, data), volatile)
  }
  return composed({
    spans: linkInfo,
    read: (view, _header, at = -1, length = 0) => read(view, at, length, true),
    readStable: (view, _header, at = -1, length = 0) => read(view, at, length, false),
    write(_writer, _value, _header, entry) {
      if (entry[side.field] !== kind) throw new InvalidValue(`needs ${side.field} ${kind}`, true)
    },
  })
}

const data = {
  vxlan: { side: own, kind: 'vxlan', set: vxlan },
  vrf: { side: own, kind: 'vrf', set: vrf },
  macvlan: { side: own, kind: 'macvlan', set: macvlan },
  bridge: { side: own, kind: 'bridge', set: bridge },
  vlan: { side: own, kind: 'vlan', set: vlan },
  bond: { side: own, kind: 'bond', set: bond },
  bridgePort: { side: port, kind: 'bridge', set: bridgePort },
  bondSlave: { side: port, kind: 'bond', set: bondSlave },
} as const

/** Fields of an entry with the data of its kind, and with those that it has as a port. */
export const kindFields = {
  /** Of a vxlan; absent for other kinds. */
  vxlan: dataOf(data.vxlan),
  /** Of a VRF; absent for other kinds. */
  vrf: dataOf(data.vrf),
  /** Of a macvlan; absent for other kinds. */
  macvlan: dataOf(data.macvlan),
  /** Of a bridge; absent for other kinds. */
  bridge: dataOf(data.bridge),
  /** Of a VLAN device; absent for other kinds. */
  vlan: dataOf(data.vlan),
  /** Of a bond; absent for other kinds. */
  bond: dataOf(data.bond),
  /** Of a port of a bridge; absent for others. */
  bridgePort: dataOf(data.bridgePort),
  /** Of a port of a bond; absent for others. */
  bondSlave: dataOf(data.bondSlave),
} as const

/** The name of a kind, with which one attribute of all that is known of kinds is written. */
function nameOf(side: Side, writes: (entry: Readonly<Record<string, unknown>>) => boolean): Composed<string> {
  return composed({
    spans: linkInfo,
    read(view, _header, at = -1, length = 0) {
      const name = at < 0 ? -1 : findAttribute(view, at, at + length, side.name)
      return name < 0 ? undefined : formatString(view, name, payloadLength(view, name))
    },
    write(writer, _value, _header, entry) {
      if (!writes(entry)) return
      const info = writer.begin(LinkAttribute.LINKINFO, true)
      for (const each of [own, port]) writeSide(writer, each, entry)
      writer.end(info)
    },
  })
}

/** `vxlan`, `bridge`, `veth`, ...; absent for devices that are no kind of a virtual one. Writes the data of the kind too. */
export const kind: Composed<string> = nameOf(own, () => true)

/** The kind of link that it is a port of: `bridge`, `bond`, `vrf`, ...; absent for those that have no master. */
export const slaveKind: Composed<string> = nameOf(port, (entry) => entry.kind === undefined)

function writeSide(writer: Writer, side: Side, entry: Readonly<Record<string, unknown>>): void {
  const name = entry[side.field]
  if (name === undefined) return
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw new InvalidValue(`${showValue(name)} is not the name of a kind`, true)
  }
  const start = writer.begin(side.name)
  writer.raw(new TextEncoder().encode(name))
  writer.end(start)
  for (const [field, each] of Object.entries(data)) {
    const value = each.side === side && each.kind === name ? entry[field] : undefined
    if (value !== undefined) writeData(writer, side.data, each.set as Kind<unknown>, value, field)
  }
}

function writeData(writer: Writer, type: number, set: Kind<unknown>, value: unknown, field: string): void {
  const start = writer.begin(type, true)
  try {
    set.write(writer, value)
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field) : error
  }
  writer.end(start)
}
