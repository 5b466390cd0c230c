import {
  address,
  attribute,
  type Composed,
  composed,
  exactSpan,
  header,
  hidden,
  type Infer,
  InvalidValue,
  littleEndian,
  message,
  showValue,
  string,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { AddressAttribute, addressHeader } from './constants.ts'

/** `struct ifa_cacheinfo` */
export interface AddressLifetimes {
  /** Seconds until the address is deprecated; 4294967295 for ever. */
  readonly preferred: number
  /** Seconds until the kernel removes the address; 4294967295 for ever. */
  readonly valid: number
  /** When the address was made, in hundredths of a second since the start of the system. */
  readonly cstamp?: number | undefined
  /** When it was changed, in the same unit. */
  readonly tstamp?: number | undefined
}

/** How long an address lasts: it runs. That it ends at all is a flag. */
const cacheinfo: Composed<AddressLifetimes> = composed({
  volatile: true,
  spans: [exactSpan(AddressAttribute.CACHEINFO, 16)],
  read(view, _start, at = -1) {
    if (at < 0) return undefined
    const [preferred = 0, valid = 0, cstamp, tstamp] = [0, 4, 8, 12].map((offset) =>
      view.getUint32(at + offset, littleEndian),
    )
    return { preferred, valid, cstamp, tstamp }
  },
  write(writer, value) {
    if (typeof value !== 'object' || (value as unknown) === null || Array.isArray(value)) {
      throw new InvalidValue(`${showValue(value)} is not an object`, true)
    }
    const { preferred, valid, cstamp = 0, tstamp = 0 } = value
    const at = writer.begin(AddressAttribute.CACHEINFO)
    for (const number of [preferred, valid, cstamp, tstamp]) u32.write(writer, number)
    writer.end(at)
  },
})

/** 32 bits of flags, of which the header has the first 8. */
const flags: Composed<number> = composed({
  spans: [exactSpan(AddressAttribute.FLAGS, 4)],
  read: (view, start, at = -1) =>
    at < 0 ? view.getUint8(start + addressHeader.flags) : view.getUint32(at, littleEndian),
  write(writer, value, start) {
    const at = writer.begin(AddressAttribute.FLAGS)
    u32.write(writer, value)
    writer.end(at)
    writer.setU8(start + addressHeader.flags, value & 0xff)
  },
})

/**
 * `struct ifaddrmsg` and the attributes of an address. The lifetimes stand first, where the kernel writes them behind others:
 * so no desired entry has the bytes of the kernel's, and its lifetimes are always looked at.
 */
export const addressMessage = message('address', {
  header: {
    /** `AF_INET` (2) or `AF_INET6` (10). */
    family: header(u8),
    /** Bits of the prefix on the link: 0 to 32, or to 128. */
    prefixlen: header(u8),
    /** The low 8 bits of `flags`. */
    flagsByte: hidden(u8),
    /** `RouteScope`. */
    scope: header(u8),
    /** Index of the interface. */
    ifindex: header(u32),
  },
  attributes: {
    cacheinfo,
    /** `IFA_ADDRESS`: the other end of a link, if it has one, and otherwise the address itself: see `peerOf`. */
    address: attribute(AddressAttribute.ADDRESS, address),
    /** `IFA_LOCAL`: the address itself. IPv6 addresses without another end have none: see `ownAddress`. */
    local: attribute(AddressAttribute.LOCAL, address),
    /** `IFA_BROADCAST`, of IPv4; absent: none. */
    broadcast: attribute(AddressAttribute.BROADCAST, address),
    /** `IFA_ANYCAST`: of messages about anycast addresses of IPv6 alone. */
    anycast: attribute(AddressAttribute.ANYCAST, address),
    /** `IFA_LABEL`, of IPv4: 1 to 15 bytes that begin with the name of the interface, `eth0:1`. */
    label: attribute(AddressAttribute.LABEL, string(15)),
    /** `IFA_PROTO`: who made it, `AddressProtocol` or a number of a program's; absent: nobody says (Linux 5.18). */
    protocol: attribute(AddressAttribute.PROTO, u8),
    flags,
    /** `IFA_RT_PRIORITY`: the metric of the route to the prefix; absent: the kernel's default. */
    rtPriority: attribute(AddressAttribute.RT_PRIORITY, u32),
  },
})

/** An address of an interface as the kernel reports it. */
export type Address = Infer<typeof addressMessage>

/**
 * The address itself. The kernel says it in `local`, with `address` for the other end of a link; of IPv6 it leaves `local`
 * out where there is no other end.
 */
export function ownAddress({ local, address: other }: Partial<Address>): string | undefined {
  return local ?? other
}

/** The other end of a link, where it was given. */
export function peerOf({ local, address: other }: Partial<Address>): string | undefined {
  return local === undefined || local === other ? undefined : other
}
