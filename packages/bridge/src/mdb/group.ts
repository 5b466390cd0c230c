import {
  AddressFamily,
  address,
  addressBytes,
  be16,
  composed,
  familyOfText,
  formatHardwareAddress,
  formatIpv4,
  formatIpv6,
  hardwareAddress,
  hidden,
  type Kind,
  u32,
  type Writer,
} from '@rtnl/netlink-core'

/** The address of a multicast group: an IPv4, IPv6 or hardware address. The decoder recognizes the kind by its length. */
export const groupAddress: Kind<string> = {
  name: 'multicast group',
  minimum: 4,
  maximum: 16,
  lengths: [4, 6, 16],
  total: true,
  read(view, offset, length) {
    if (length === 6) return formatHardwareAddress(view, offset, 6)
    return length === 4 ? formatIpv4(view, offset) : formatIpv6(view, offset)
  },
  write(writer, value) {
    if (isHardwareAddress(value)) hardwareAddress.write(writer, value)
    else address.write(writer, value)
  },
}

export function isHardwareAddress(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)
}

/** `ETH_P_IP`, `ETH_P_IPV6`: what kind of a group the address in `struct br_mdb_entry` is; 0 for a hardware address. */
const protocols = { ipv4: 0x0800, ipv6: 0x86dd } as const

/** Where the address and its kind are in `struct br_mdb_entry`. */
const place = { address: 8, protocol: 24 } as const

/** The fields of `struct br_mdb_entry` that hold the address. */
export const groupHeader = {
  address1: hidden(u32),
  address2: hidden(u32),
  address3: hidden(u32),
  address4: hidden(u32),
  protocol: hidden(be16),
} as const

/** The group of a `struct br_mdb_entry`. */
export const groupOfHeader = composed<string>({
  spans: [],
  read(view, header) {
    const at = header + place.address
    const protocol = view.getUint16(header + place.protocol)
    if (protocol === protocols.ipv4) return formatIpv4(view, at)
    return protocol === protocols.ipv6 ? formatIpv6(view, at) : formatHardwareAddress(view, at, 6)
  },
  write(writer, value, header) {
    const bytes = isHardwareAddress(value) ? hardwareBytes(value) : addressBytes(value)
    for (const [index, byte] of bytes.entries()) writer.setU8(header + place.address + index, byte)
    setBe16(writer, header + place.protocol, protocolOf(value))
  },
})

function protocolOf(group: string): number {
  if (isHardwareAddress(group)) return 0
  return familyOfText(group) === AddressFamily.INET ? protocols.ipv4 : protocols.ipv6
}

function hardwareBytes(text: string): readonly number[] {
  return text.split(':').map((pair) => Number.parseInt(pair, 16))
}

function setBe16(writer: Writer, at: number, value: number): void {
  writer.setU8(at, value >> 8)
  writer.setU8(at + 1, value & 0xff)
}
