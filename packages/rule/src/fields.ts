import { ipProtocols, linkGroups, routingProtocols, routingTables } from '@rtnl/names'
import { AddressFamily, canonicalPrefix, InvalidValue, showValue } from '@rtnl/netlink-core'
import {
  EntryFields,
  type FieldRule,
  flagSet,
  named,
  oneOf,
  structure,
  unlessZero,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { RuleAction, RuleFlag } from './constants.ts'
import type { Rule } from './message.ts'
import type { Range } from './range.ts'

/** What each field of a rule may be, and what the kernel makes of it (`net/core/fib_rules.c`). */

const u8 = 0xff
const u16 = 0xffff
const u32 = 0xffffffff

const prefix: FieldRule<string> = (value) => canonicalPrefix(value).prefix

/** `dev_valid_name` */
const interfaceName: FieldRule<string> = (value) => {
  if (typeof value !== 'string') throw new InvalidValue(`${showValue(value)} is not a text`, true)
  const isName =
    /^[^/:\s\0]+$/.test(value) && value !== '.' && value !== '..' && new TextEncoder().encode(value).length <= 15
  if (!isName) throw new InvalidValue(`${showValue(value)} is not the name of an interface`)
  return value
}

function numbers(least: number, most: number): FieldRule<Range> {
  const each = wholeNumber(least, most)
  const fields = new EntryFields<Range>('range', { start: each, end: each })
  return structure(fields, ({ start, end }) => {
    if (start === undefined) throw new InvalidValue('is missing', true).under('start')
    if (end === undefined) throw new InvalidValue('is missing', true).under('end')
    if (start > end) throw new InvalidValue(`${end} is less than start, ${start}`).under('end')
    return { start, end }
  })
}

// The kernel takes these two for no bound at all.
const ports = numbers(1, u16 - 1)

const { INVERT, FIND_SADDR, PERMANENT, UNRESOLVED, IIF_DETACHED, OIF_DETACHED } = RuleFlag

/** Names in which an action is written. */
const actions = {
  lookup: RuleAction.LOOKUP,
  goto: RuleAction.GOTO,
  nop: RuleAction.NOP,
  blackhole: RuleAction.BLACKHOLE,
  unreachable: RuleAction.UNREACHABLE,
  prohibit: RuleAction.PROHIBIT,
} as const

export const ruleFields = new EntryFields<Rule>(
  'rule',
  {
    family: oneOf({ inet: AddressFamily.INET, inet6: AddressFamily.INET6 }),
    tos: wholeNumber(0, u8),
    action: oneOf(actions),
    flags: flagSet({
      written: { invert: INVERT, find_saddr: FIND_SADDR },
      shown: {
        permanent: PERMANENT,
        unresolved: UNRESOLVED,
        iif_detached: IIF_DETACHED,
        oif_detached: OIF_DETACHED,
      },
    }),
    table: named('a routing table', routingTables, 1, u32),
    suppressPrefixlen: wholeNumber(0, 128),
    protocol: named('a routing protocol', routingProtocols, 0, u8),
    iifname: interfaceName,
    oifname: interfaceName,
    priority: wholeNumber(0, u32),
    fwmark: wholeNumber(0, u32),
    fwmask: wholeNumber(0, u32),
    goto: wholeNumber(1, u32),
    tunId: unlessZero(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    l3mdev: wholeNumber(1, 1),
    uidRange: numbers(0, u32 - 1),
    sportRange: ports,
    sportMask: wholeNumber(1, u16),
    dportRange: ports,
    dportMask: wholeNumber(1, u16),
    ipProto: unlessZero(named('an IP protocol', ipProtocols, 0, u8)),
    suppressIfgroup: named('a group of interfaces', linkGroups, 0, 0x7fffffff),
    dscp: wholeNumber(0, 63),
    dscpMask: wholeNumber(1, 63),
    dst: prefix,
    src: prefix,
    flow: unlessZero(wholeNumber(0, u32)),
    flowlabel: wholeNumber(0, 0xfffff),
    flowlabelMask: wholeNumber(1, 0xfffff),
  },
  { from: 'src', to: 'dst', iif: 'iifname', oif: 'oifname', lookup: 'table', proto: 'protocol', realms: 'flow' },
)
