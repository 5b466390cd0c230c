import { sameValue } from '@rtnl/live-table'
import { checkNumber, Errno, MessageFlag, RouteProtocol } from '@rtnl/netlink-core'
import type { DesiredEntry, ReconcileRules } from '@rtnl/reconcile/declarations'
import { RuleFlag, writtenFlags } from './constants.ts'
import { ruleDefinition } from './definition.ts'
import { withoutWholeMasks } from './masks.ts'
import type { Rule } from './message.ts'
import { normalizeRule } from './normalize.ts'

/** Whose rules are ours: those of a routing protocol. */
export interface RuleOwnership {
  /** `RTPROT_*`, 1 to 255; other entries are refused. */
  readonly protocol: number
  /** Others of the protocol are removed. */
  readonly additive?: false
}

/** Rules of every protocol are added, and none is removed. */
export interface AdditiveRuleOwnership {
  /** No rule is removed because it is not desired. */
  readonly additive: true
}

/**
 * How rules of one protocol, or in additive mode of any, are kept, for `reconcile` and `keep` of `@rtnl/reconcile`. Rules of
 * others stay, also such with the same priority. Wanted rules of equal priority are put in in their order; two that match the
 * same are refused.
 *
 * The kernel cannot replace a rule: the new one is added before the old one is removed.
 * @throws {RangeError} there is no such protocol
 */
export function ruleOwner(ownership: RuleOwnership | AdditiveRuleOwnership): ReconcileRules<Rule, DesiredEntry<Rule>> {
  const protocol = ownership.additive === true ? undefined : ownership.protocol
  if (ownership.additive !== true) checkNumber('protocol', protocol, 1, 0xff)
  return {
    definition: ruleDefinition,
    lease: protocol === undefined ? 'rules, additively' : `rules of protocol ${protocol}`,
    normalize(wanted, context) {
      const rule = normalizeRule(wanted, protocol ?? RouteProtocol.BOOT, context)
      if (protocol === undefined || rule.protocol === protocol) return rule
      throw new RangeError(`rule.protocol: ${rule.protocol} is not ${protocol}, whose rules are written`)
    },
    key: ruleDefinition.keyText,
    owns: (rule) => protocol === undefined || rule.protocol === protocol,
    othersStandApart: true,
    isSameOwner: (desired, actual) => desired.protocol === actual.protocol && matchesSame(desired, actual),
    coexists: (desired, other) => desired.protocol !== other.protocol || !matchesSame(desired, other),
    same: (desired, actual) => sameValue(withoutState(desired), withoutState(actual)),
    strategy: () => 'makeBeforeBreak',
    // With `EXCL` the kernel takes rules for equal that differ in `goto`, in `not`, or in what only the older one looks at.
    flags: () => MessageFlag.CREATE,
    deleteKey: ({ flags, ...rule }) => ({ ...rule, flags: flags & writtenFlags }),
    describe: ({ priority = 0 }) => `rule ${priority}`,
    missing: [Errno.ENOENT],
  }
}

/** Whether two rules match the same packets, by what they say; what they do with them may differ. */
function matchesSame(one: Rule, other: Rule): boolean {
  return sameValue(selectorOf(one), selectorOf(other))
}

function selectorOf({
  action,
  table,
  goto: _target,
  suppressPrefixlen,
  suppressIfgroup,
  flow,
  protocol,
  ...rule
}: Rule): object {
  return { ...withoutWholeMasks(rule), flags: rule.flags & RuleFlag.INVERT }
}

/** Less what the kernel adds by itself. */
function withoutState({ flags, ...rule }: Rule): Rule {
  return { ...withoutWholeMasks(rule), flags: flags & writtenFlags }
}
