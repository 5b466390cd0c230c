import { routeScopes } from '@rtnl/names'
import { AddressFamily, InvalidValue, showValue } from '@rtnl/netlink-core'
import {
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  named,
  oneOf,
  refused,
  shownOnly,
  structure,
  unlessZero,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { AddressFlag, forever } from './constants.ts'
import type { Address, AddressLifetimes } from './message.ts'

/** What each field of an address may be, and what the kernel makes of it (`net/ipv4/devinet.c`, `net/ipv6/addrconf.c`). */

const label: FieldRule<string> = (value) => {
  if (typeof value !== 'string') throw new InvalidValue(`${showValue(value)} is not a text`, true)
  if (/^[^\s\0]+$/.test(value) && new TextEncoder().encode(value).length <= 15) return value
  throw new InvalidValue(`${showValue(value)} is not a label of 1 to 15 bytes`)
}

const lifetimes = new EntryFields<AddressLifetimes>('cacheinfo', {
  preferred: wholeNumber(0, forever),
  valid: wholeNumber(1, forever),
  cstamp: shownOnly,
  tstamp: shownOnly,
})

const cacheinfo: FieldRule<AddressLifetimes> = structure(lifetimes, ({ preferred, valid = forever }) => {
  if (preferred !== undefined && preferred > valid) {
    throw new InvalidValue(`${preferred} is more than valid, ${valid}`).under('preferred')
  }
  return { preferred: preferred ?? valid, valid, cstamp: 0, tstamp: 0 }
})

const ofIpv4 = ipAddress(AddressFamily.INET)

/** The kernel shows none where it is all 0. */
const broadcast: FieldRule<string> = (value, context) => {
  const address = ofIpv4(value, context)
  return address === '0.0.0.0' ? undefined : address
}

const flag = AddressFlag

export const addressFields = new EntryFields<Address>(
  'address',
  {
    family: oneOf({ inet: AddressFamily.INET, inet6: AddressFamily.INET6 }),
    prefixlen: wholeNumber(0, 128),
    scope: named('a scope', routeScopes, 0, 0xff),
    ifindex: interfaceIndex,
    cacheinfo,
    address: ipAddress(),
    local: ipAddress(),
    broadcast,
    anycast: refused('is shown of anycast addresses only, which the kernel makes'),
    label,
    protocol: unlessZero(wholeNumber(0, 0xff)),
    flags: flagSet({
      written: {
        nodad: flag.NODAD,
        home: flag.HOMEADDRESS,
        mngtmpaddr: flag.MANAGETEMPADDR,
        noprefixroute: flag.NOPREFIXROUTE,
        autojoin: flag.MCAUTOJOIN,
      },
      shown: {
        secondary: flag.SECONDARY,
        temporary: flag.SECONDARY,
        optimistic: flag.OPTIMISTIC,
        dadfailed: flag.DADFAILED,
        deprecated: flag.DEPRECATED,
        tentative: flag.TENTATIVE,
        permanent: flag.PERMANENT,
        'stable-privacy': flag.STABLE_PRIVACY,
      },
    }),
    rtPriority: unlessZero(wholeNumber(0, 0xffffffff)),
  },
  { dev: 'ifindex', peer: 'address', brd: 'broadcast', metric: 'rtPriority', proto: 'protocol' },
)
