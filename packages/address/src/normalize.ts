import { AddressFamily, familyOfText, InvalidValue, parseAddress, RouteScope } from '@rtnl/netlink-core'
import { type CheckedFields, type DesiredEntry, type NormalizeContext, present } from '@rtnl/reconcile/declarations'
import { AddressFlag, forever } from './constants.ts'
import { addressFields } from './fields.ts'
import type { Address } from './message.ts'

const ofIpv6 = AddressFlag.NODAD | AddressFlag.HOMEADDRESS | AddressFlag.MANAGETEMPADDR

/**
 * An address as the kernel shows it, as far as that is known before it is sent.
 * @param known what is the same of all addresses that are written
 * @throws {TypeError | RangeError} the kernel would not take it, or would do something else than it says; names the field
 */
export function normalizeAddress(
  wanted: DesiredEntry<Address>,
  known: { readonly ifindex?: number | undefined; readonly protocol?: number | undefined },
  context: NormalizeContext,
): Address {
  return addressFields.normalize(wanted, context, (checked) => {
    const own = checked.local ?? checked.address
    if (own === undefined) throw invalid('address', 'is missing', true)
    const family = familyOf(checked, own)
    const wide = family === AddressFamily.INET6
    // The kernel takes an other end of zeros, and shows none.
    const address = checked.address === undefined || checked.address === '::' ? own : checked.address
    const { ifindex = known.ifindex, prefixlen, cacheinfo, protocol = known.protocol, flags = 0 } = checked
    if (ifindex === undefined) throw invalid('ifindex', 'is missing', true)
    if (prefixlen === undefined) throw invalid('prefixlen', 'is missing: it stands beside the address', true)
    if (!wide && prefixlen > 32) throw invalid('prefixlen', `${prefixlen} is not a whole number in 0..32`)
    checkFamily(checked, flags, wide)
    return present({
      ...checked,
      family,
      ifindex,
      prefixlen,
      protocol,
      flags,
      // With IPv6 the kernel says what is on this side where there is another side.
      address,
      local: wide && address === own ? undefined : own,
      scope: wide ? scopeOf(own, checked.scope) : (checked.scope ?? RouteScope.UNIVERSE),
      cacheinfo: cacheinfo ?? { preferred: forever, valid: forever, cstamp: 0, tstamp: 0 },
    })
  })
}

function invalid(field: keyof Address, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

function familyOf({ family, local, address }: CheckedFields<Address>, own: string): number {
  const wanted = family ?? familyOfText(own)
  for (const [field, text] of [
    ['local', local],
    ['address', address],
  ] as const) {
    if (text === '0.0.0.0' || (text === '::' && text === own))
      throw invalid(field, `${text} is no address of an interface`)
    if (text === undefined || familyOfText(text) === wanted) continue
    throw invalid(field, `${text} is not an ${wanted === AddressFamily.INET ? 'IPv4' : 'IPv6'} address`)
  }
  return wanted
}

function checkFamily({ label, broadcast, prefixlen }: CheckedFields<Address>, flags: number, wide: boolean): void {
  if (wide) {
    if (label !== undefined) throw invalid('label', `${label} is of IPv4 only`)
    if (broadcast !== undefined) throw invalid('broadcast', `${broadcast} is of IPv4 only`)
    if ((flags & AddressFlag.MANAGETEMPADDR) !== 0 && prefixlen !== 64) {
      throw invalid('flags', `${AddressFlag.MANAGETEMPADDR} (mngtmpaddr) needs a prefix of 64 bits, not ${prefixlen}`)
    }
  } else if ((flags & ofIpv6) !== 0) {
    throw invalid('flags', `${flags & ofIpv6} (nodad, home or mngtmpaddr) is of IPv6 only`)
  }
}

/** The scope of an IPv6 address is what it says itself (`ipv6_addr_type`). */
function scopeOf(text: string, wanted: number | undefined): number {
  const [first = 0, second = 0] = parseAddress(text) ?? []
  const top = (first << 8) | second
  let scope: number = RouteScope.UNIVERSE
  if (text === '::1') scope = RouteScope.HOST
  else if ((top & 0xffc0) === 0xfe80) scope = RouteScope.LINK
  else if ((top & 0xffc0) === 0xfec0) scope = RouteScope.SITE
  if (wanted === undefined || wanted === scope) return scope
  throw invalid('scope', `${wanted} is not ${scope}, which that of ${text} is`)
}

/** Whether an address is of one link only. */
export function isLinkLocal({ family, scope }: Partial<Address>): boolean {
  return family === AddressFamily.INET6 && scope === RouteScope.LINK
}
