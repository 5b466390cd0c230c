import { AttributeSet } from '../codec/attribute-set.ts'
import { InvalidValue, show } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { be16, u8 } from '../codec/scalars.ts'
import { attribute, type EntryOf } from '../codec/schema.ts'
import { ipv4, ipv6 } from './addresses.ts'
import { Ip6TunnelAttribute, IpTunnelAttribute } from './constants.ts'

/** 64 bits in network byte order. Keys beyond 2^53 - 1 are not read back the same, and so stay hex digits. */
const tunnelId: Kind<number> = {
  name: 'tunnel id',
  minimum: 8,
  maximum: 8,
  read: (view, offset) => Number(view.getBigUint64(offset)),
  write(writer, value) {
    if (typeof value !== 'number') throw new InvalidValue(`${show(value)} is not a number`, true)
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new InvalidValue(`${value} is not a whole number in 0..${Number.MAX_SAFE_INTEGER}`)
    }
    const at = writer.zeros(8)
    writer.view.setBigUint64(at, BigInt(value))
  },
}

const ipFields = {
  id: attribute(IpTunnelAttribute.ID, tunnelId),
  dst: attribute(IpTunnelAttribute.DST, ipv4),
  src: attribute(IpTunnelAttribute.SRC, ipv4),
  tos: attribute(IpTunnelAttribute.TOS, u8),
  ttl: attribute(IpTunnelAttribute.TTL, u8),
  flags: attribute(IpTunnelAttribute.FLAGS, be16),
}

const ip6Fields = {
  id: attribute(Ip6TunnelAttribute.ID, tunnelId),
  dst: attribute(Ip6TunnelAttribute.DST, ipv6),
  src: attribute(Ip6TunnelAttribute.SRC, ipv6),
  tc: attribute(Ip6TunnelAttribute.TC, u8),
  hoplimit: attribute(Ip6TunnelAttribute.HOPLIMIT, u8),
  flags: attribute(Ip6TunnelAttribute.FLAGS, be16),
}

/** Metadata for an IPv4 tunnel device (`LWTUNNEL_ENCAP_IP`), without options of GENEVE, VXLAN and ERSPAN. */
export type IpEncapsulation = EntryOf<Record<never, never>, typeof ipFields>

/** The same for IPv6 (`LWTUNNEL_ENCAP_IP6`). */
export type Ip6Encapsulation = EntryOf<Record<never, never>, typeof ip6Fields>

export const ipTunnel = new AttributeSet<IpEncapsulation>('ip', {}, ipFields)
export const ip6Tunnel = new AttributeSet<Ip6Encapsulation>('ip6', {}, ip6Fields)
