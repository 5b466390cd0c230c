import { RuleAction, RuleFlag } from '@rtnl/rule'
import type { FakeRule } from './fake-rule.ts'
import type { Rules } from './rules.ts'

/** A packet of the namespace's own, of root, without mark, protocol and ports: what gateways are looked up with. */
export interface OwnPacket<Answer> {
  readonly family: number
  /** 0 for any. */
  readonly oif: number
  /** Whether the addresses of the packet are those that a rule looks at. */
  isWithin(rule: FakeRule): boolean
  /** What a rule says of the packet; undefined if the next one is to be asked. */
  act(rule: FakeRule): Answer | undefined
}

/** What the first rule says that has something to say. */
export function lookupByRules<Answer>(rules: Rules, packet: OwnPacket<Answer>): Answer | undefined {
  const list = rules.of(packet.family) ?? []
  for (let at = 0; at < list.length; at++) {
    const rule = list[at]
    if (rule === undefined || rule.action === RuleAction.NOP || !matches(rule, rules, packet)) continue
    if (rule.action === RuleAction.GOTO) {
      const target = rules.targetOf(rule)
      // The loop goes on with the target itself.
      if (target !== undefined) at = list.indexOf(target) - 1
      continue
    }
    const answer = packet.act(rule)
    if (answer !== undefined) return answer
  }
  return undefined
}

function matches<Answer>(rule: FakeRule, rules: Rules, packet: OwnPacket<Answer>): boolean {
  const isMatch =
    (rule.oifname === undefined || rules.indexOf(rule.oifname) === packet.oif) &&
    (rule.mark & rule.markMask) === 0 &&
    (rule.uidRange === undefined || rule.uidRange.start === 0) &&
    packet.isWithin(rule) &&
    rule.tos === 0 &&
    (rule.dscp ?? 0) === 0 &&
    rule.ipProto === 0 &&
    rule.sportRange === undefined &&
    rule.dportRange === undefined
  return (rule.flags & RuleFlag.INVERT) !== 0 ? !isMatch : isMatch
}
