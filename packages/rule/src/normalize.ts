import { AddressFamily, canonicalPrefix, InvalidValue } from '@rtnl/netlink-core'
import { type CheckedFields, type DesiredEntry, type NormalizeContext, present } from '@rtnl/reconcile/declarations'
import { RuleAction } from './constants.ts'
import { ruleFields } from './fields.ts'
import { withoutWholeMasks } from './masks.ts'
import type { Rule } from './message.ts'
import type { Range } from './range.ts'

type Checked = CheckedFields<Rule>

const wholeMark = 0xffffffff

/**
 * Returns a rule as the kernel will show it, as far as that is known before the request.
 * @param protocol the protocol of a rule that has none
 * @throws {TypeError | RangeError} the kernel would refuse the rule, or make another one of it; names the field
 */
export function normalizeRule(wanted: DesiredEntry<Rule>, protocol: number, context: NormalizeContext): Rule {
  return ruleFields.normalize(wanted, context, (checked) => {
    const family = familyOf(checked)
    const rule: Checked = {
      ...checked,
      family,
      protocol: checked.protocol ?? protocol,
      tos: checked.tos ?? 0,
      flags: checked.flags ?? 0,
    }
    for (const name of ['src', 'dst'] as const) rule[name] = prefixOf(family, name, checked[name])
    rule.action = actionOf(checked)
    checkTarget(rule)
    checkFamily(rule, family)
    checkMatches(rule)
    completeMark(rule)
    return withoutWholeMasks(present(rule))
  })
}

function invalid(field: keyof Rule, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

/** The family of the rule, or of its prefixes; IPv4 if it has neither. */
function familyOf({ family, src, dst }: Checked): number {
  const prefixes = [src, dst].flatMap((text) => (text === undefined ? [] : [canonicalPrefix(text).family]))
  return family ?? prefixes[0] ?? AddressFamily.INET
}

function prefixOf(family: number, field: 'src' | 'dst', text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const { family: own, length } = canonicalPrefix(text)
  if (own !== family)
    throw invalid(field, `${text} is not a prefix of ${family === AddressFamily.INET ? 'IPv4' : 'IPv6'}`)
  return length === 0 ? undefined : text
}

function actionOf({ action, table, l3mdev, goto: target }: Checked): number {
  if (action !== undefined) return action
  if (target !== undefined) return RuleAction.GOTO
  if (table !== undefined || l3mdev !== undefined) return RuleAction.LOOKUP
  throw invalid('action', 'is missing, and neither table, l3mdev nor goto says what the rule does', true)
}

function checkTarget({ action, table, l3mdev, priority, goto: target }: Checked): void {
  if (priority === undefined) throw invalid('priority', 'is missing', true)
  if (l3mdev !== undefined && table !== undefined) throw invalid('table', `${table} cannot stand beside l3mdev`)
  if (action === RuleAction.LOOKUP && table === undefined && l3mdev === undefined) {
    throw invalid('action', `${action} (lookup) needs table or l3mdev beside it`, true)
  }
  if (l3mdev !== undefined && action !== RuleAction.LOOKUP) {
    throw invalid('l3mdev', `goes with action ${RuleAction.LOOKUP} (lookup) only`)
  }
  if (target === undefined) {
    if (action === RuleAction.GOTO) throw invalid('action', `${action} (goto) needs goto beside it`, true)
    return
  }
  if (action !== RuleAction.GOTO) throw invalid('goto', `${target} goes with action ${RuleAction.GOTO} (goto) only`)
  if (target <= priority) throw invalid('goto', `${target} is not behind the priority of the rule, ${priority}`)
}

/** What only one of the families has. */
function checkFamily({ flow, flowlabel, flowlabelMask, suppressPrefixlen }: Checked, family: number): void {
  if (family === AddressFamily.INET6) {
    if (flow !== undefined) throw invalid('flow', `${flow} is of IPv4 only`)
    return
  }
  if (flowlabel !== undefined) throw invalid('flowlabel', `${flowlabel} is of IPv6 only`)
  if (flowlabelMask !== undefined) throw invalid('flowlabelMask', `${flowlabelMask} is of IPv6 only`)
  if ((suppressPrefixlen ?? 0) > 32)
    throw invalid('suppressPrefixlen', `${suppressPrefixlen} is not a whole number in 0..32`)
}

const ecnBits = 0x3

function checkMatches(rule: Checked): void {
  const { tos = 0, dscp, dscpMask, flowlabel, flowlabelMask } = rule
  if ((tos & ecnBits) !== 0) throw invalid('tos', `${tos} has bits of congestion notification, which no rule matches`)
  if (tos !== 0 && dscp !== undefined) throw invalid('dscp', `${dscp} cannot stand beside tos`)
  checkMask('dscpMask', dscp, dscpMask)
  checkMask('flowlabelMask', flowlabel, flowlabelMask)
  checkPorts('sportMask', rule.sportRange, rule.sportMask)
  checkPorts('dportMask', rule.dportRange, rule.dportMask)
}

function checkMask(
  field: 'dscpMask' | 'flowlabelMask' | 'sportMask' | 'dportMask',
  value: number | undefined,
  mask: number | undefined,
): void {
  if (mask === undefined) return
  if (value === undefined) throw invalid(field, `${mask} needs a value to mask`)
  if ((value & ~mask) !== 0) throw invalid(field, `${mask} leaves out bits of ${value}`)
}

function checkPorts(field: 'sportMask' | 'dportMask', ports: Range | undefined, mask: number | undefined): void {
  if (mask !== undefined && ports !== undefined && ports.start !== ports.end) {
    throw invalid(field, `${mask} needs one port, not ${ports.start} to ${ports.end}`)
  }
  checkMask(field, ports?.start, mask)
}

/** The mark and its mask as the kernel shows them. */
function completeMark(rule: Checked): void {
  const { fwmark = 0, fwmask = fwmark === 0 ? 0 : wholeMark } = rule
  rule.fwmark = fwmark === 0 ? undefined : fwmark
  rule.fwmask = fwmark === 0 && fwmask === 0 ? undefined : fwmask
}
