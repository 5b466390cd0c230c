import {
  addressBytes,
  attribute,
  be16,
  type Composed,
  composed,
  findAttribute,
  formatString,
  InvalidValue,
  type Kind,
  littleEndian,
  nested,
  readAddress,
  span,
  u8,
  u32,
  type Writer,
} from '@rtnl/netlink-core'
import {
  BridgeAttribute,
  LinkAttribute,
  LinkInfoAttribute,
  MacvlanAttribute,
  VrfAttribute,
  VxlanAttribute,
} from './constants.ts'

/** An address of either family, which the kernel has in an attribute of its own for each. */
function eitherAddress(ipv4: number, ipv6: number): Composed<string> {
  return composed({
    spans: [span(ipv4, 4), span(ipv6, 16)],
    read(view, _header, at4 = -1, _length4 = 0, at6 = -1) {
      if (at4 >= 0) return readAddress(view, at4, 4)
      return at6 >= 0 ? readAddress(view, at6, 16) : undefined
    },
    write(writer, value) {
      const bytes = addressBytes(value)
      const start = writer.begin(bytes.length === 4 ? ipv4 : ipv6)
      writer.raw(bytes)
      writer.end(start)
    },
  })
}

/** What a vxlan is made with. */
const vxlan = nested('vxlan', {
  /** VNI, 0 to 2^24 - 1. */
  id: attribute(VxlanAttribute.ID, u32),
  /** The remote or multicast address that unknown destinations go to. */
  group: eitherAddress(VxlanAttribute.GROUP, VxlanAttribute.GROUP6),
  /** Interface index of the device below. */
  link: attribute(VxlanAttribute.LINK, u32),
  local: eitherAddress(VxlanAttribute.LOCAL, VxlanAttribute.LOCAL6),
  learning: attribute(VxlanAttribute.LEARNING, u8),
  /** UDP port of the tunnel. */
  port: attribute(VxlanAttribute.PORT, be16),
  /** 1 for a device that carries many VNIs (`external`). */
  collectMetadata: attribute(VxlanAttribute.COLLECT_METADATA, u8),
})

const vrf = nested('vrf', { table: attribute(VrfAttribute.TABLE, u32) })

/** `MACVLAN_MODE_*`: 1 private, 2 vepa, 4 bridge, 8 passthru, 16 source. */
const macvlan = nested('macvlan', { mode: attribute(MacvlanAttribute.MODE, u32) })

const bridge = nested('bridge', {
  /** Clock ticks, 100 a second. */
  ageingTime: attribute(BridgeAttribute.AGEING_TIME, u32),
  stpState: attribute(BridgeAttribute.STP_STATE, u32),
  vlanFiltering: attribute(BridgeAttribute.VLAN_FILTERING, u8),
})

/** Kinds whose data are fields of an entry, by the name of the kind. */
const kindData = { vxlan, vrf, macvlan, bridge } as const

function payloadLength(view: DataView, payload: number): number {
  return view.getUint16(payload - 4, littleEndian) - 4
}

function kindOf(view: DataView, at: number, length: number): string | undefined {
  const found = at < 0 ? -1 : findAttribute(view, at, at + length, LinkInfoAttribute.KIND)
  return found < 0 ? undefined : formatString(view, found, payloadLength(view, found))
}

/** `vxlan`, `bridge`, `veth`, ...; absent for devices that are no kind of a virtual one. Writes the data of the kind too. */
export const kind: Composed<string> = composed({
  spans: [span(LinkAttribute.LINKINFO, 0, 0xffff)],
  read: (view, _header, at = -1, length = 0) => kindOf(view, at, length),
  write(writer, value, _header, entry) {
    if (typeof value !== 'string' || value === '') throw new InvalidValue('not the name of a kind', true)
    const info = writer.begin(LinkAttribute.LINKINFO, true)
    const name = writer.begin(LinkInfoAttribute.KIND)
    writer.raw(new TextEncoder().encode(value))
    writer.end(name)
    const data = (entry as Readonly<Record<string, unknown>>)[value]
    const set = (kindData as Readonly<Record<string, Kind<unknown>>>)[value]
    if (data !== undefined && set !== undefined) writeData(writer, set, data, value)
    writer.end(info)
  },
})

function writeData(writer: Writer, set: Kind<unknown>, data: unknown, name: string): void {
  const start = writer.begin(LinkInfoAttribute.DATA, true)
  try {
    set.write(writer, data)
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(name) : error
  }
  writer.end(start)
}

/** The data of one kind of link, present where the link is of that kind; `kind` writes them. */
function dataOf<T>(name: string, set: Kind<T>): Composed<T> {
  return composed({
    spans: [span(LinkAttribute.LINKINFO, 0, 0xffff)],
    read(view, _header, at = -1, length = 0) {
      if (kindOf(view, at, length) !== name) return undefined
      const data = findAttribute(view, at, at + length, LinkInfoAttribute.DATA)
      return data < 0 ? undefined : set.read(view, data, payloadLength(view, data))
    },
    write(_writer, _value, _header, entry) {
      if ((entry as { readonly kind?: unknown }).kind !== name) throw new InvalidValue(`needs kind ${name}`, true)
    },
  })
}

/** Fields of an entry with the data of its kind. */
export const kindFields = {
  vxlan: dataOf('vxlan', vxlan),
  vrf: dataOf('vrf', vrf),
  macvlan: dataOf('macvlan', macvlan),
  bridge: dataOf('bridge', bridge),
} as const
