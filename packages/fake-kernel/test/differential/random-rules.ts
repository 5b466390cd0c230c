import type { Dice } from '@rtnl/compliance'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { type Rule, RuleAction, RuleFlag } from '@rtnl/rule'
import { type Operation, ruleRequest } from './requests.ts'

const { CREATE, ECHO, EXCL } = MessageFlag
const { BLACKHOLE, GOTO, LOOKUP, NOP, PROHIBIT, UNREACHABLE } = RuleAction
const priorities = [0, 5, 10, 10, 20, 30, 32765, 32766, 40000]

/** A random rule, or the removal of one. Few of them meet the packets that gateways are looked up with. */
export function randomRule(dice: Dice): Operation {
  const isRemoval = dice.below(3) === 0
  const action = dice.pick(LOOKUP, LOOKUP, LOOKUP, LOOKUP, GOTO, NOP, BLACKHOLE, UNREACHABLE, PROHIBIT, 0)
  const family = dice.pick(AddressFamily.INET, AddressFamily.INET, AddressFamily.INET6)
  const rule: Partial<Rule> = {
    family: dice.below(40) === 0 ? dice.pick(0, 7) : family,
    action: isRemoval && dice.below(2) === 0 ? 0 : action,
    ...(action === LOOKUP && dice.below(12) > 0 ? { table: dice.pick(100, 1000, 254, 255, 77) } : {}),
    ...(dice.below(4) > 0 ? { priority: dice.pick(...priorities) } : {}),
    ...(dice.below(12) > 0 === (action === GOTO) ? { goto: dice.pick(10, 20, 32766, 31000) } : {}),
    ...selector(dice, family),
    ...(dice.below(10) === 0 ? { flags: dice.pick<number>(RuleFlag.INVERT, RuleFlag.PERMANENT) } : {}),
    ...(dice.below(6) === 0 ? { protocol: 84 } : {}),
    ...(dice.below(10) === 0 ? { suppressPrefixlen: dice.pick(0, 8, 24) } : {}),
    ...(dice.below(20) === 0 ? { suppressIfgroup: dice.pick(0, 5) } : {}),
  }
  const flags = isRemoval ? 0 : CREATE | dice.pick(EXCL, EXCL, 0)
  const spoilt = dice.below(30) === 0 ? { at: dice.pick(1, 2), length: dice.pick(8, 33, 129) } : undefined
  return ruleRequest(isRemoval ? 33 : 32, flags | dice.pick(0, 0, ECHO), rule, spoilt)
}

/** What packets a rule looks at; most look at none that the fake kernel's own lookups have. */
function selector(dice: Dice, family: number): Partial<Rule> {
  const isIpv4 = family === AddressFamily.INET
  const prefix = isIpv4
    ? dice.pick('10.0.0.0/24', '10.0.1.7/16', '192.0.2.0/24', '10.0.2.3/32')
    : dice.pick('2001:db8::/32', 'fe80::1/64', '2001:db8:1::/48')
  const range = dice.pick({ start: 5, end: 5 }, { start: 10, end: 20 }, { start: 0, end: 4 }, { start: 9, end: 3 })
  switch (dice.below(15)) {
    case 0:
      return { src: prefix }
    case 1:
    case 2:
    case 3:
      return { dst: prefix }
    case 4:
      return { iifname: dice.pick('lo', 'a0', 'b1', 'absent') }
    case 5:
      return { oifname: dice.pick('a0', 'a1', 'absent') }
    case 6:
      return { fwmark: dice.pick(0, 1, 0x100), ...(dice.below(2) === 0 ? { fwmask: dice.pick(0xff, 0xffff) } : {}) }
    case 7:
      return { tos: dice.pick(0x10, 0x20, 1) }
    case 8:
      return { dscp: dice.pick(0, 4), ...(dice.below(4) === 0 ? { tos: 8 } : {}) }
    case 9:
      return { ipProto: dice.pick(6, 17), ...(dice.below(2) === 0 ? { dportRange: range } : { sportRange: range }) }
    case 10:
      return { uidRange: range }
    case 11:
      return isIpv4 ? { flow: 5 } : { src: prefix, dst: prefix }
    default:
      return {}
  }
}
