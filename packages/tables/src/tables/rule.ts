import { ipProtocols, linkGroups } from '@rtnl/names'
import { RouteProtocol } from '@rtnl/netlink-core'
import { type Range, type Rule, RuleAction, RuleFlag, ruleDefinition, ruleOwner, rulesInOrder } from '@rtnl/rule'
import { anyRules, usage } from '../desired/table-sync.ts'
import { UsageError } from '../usage-error.ts'
import { protocolName, routeTableName } from './names.ts'
import { realmName, routeTypeName, tosName } from './route-names.ts'
import type { TableModule } from './table-module.ts'

/** Policy rules, as `ip rule` and `ip -6 rule` print them. */
export const ruleModule: TableModule<Rule> = {
  name: 'rule',
  aliases: ['rules'],
  nouns: ['rule', 'rules'],
  refersTo: [],
  examples: {
    show: ['rtnl show rule --family inet6'],
    sync: ['rtnl sync rule --protocol 84 --file policy.json --keep'],
  },
  ofDevice: undefined,
  families: ['inet', 'inet6'],
  inRoutingTables: true,
  references: ({ iifname, oifname }) => ({ interfaceNames: [iifname, oifname] }),
  values: { protocol: ({ protocol }) => protocol },
  part: ({ family, table }) => ({
    definition:
      family === undefined
        ? ruleDefinition
        : {
            ...ruleDefinition,
            partitions: ruleDefinition.partitions.filter(({ request }) => request.family === family),
          },
    shows:
      family === undefined && table === undefined
        ? undefined
        : (rule) => (family ?? rule.family) === rule.family && (table ?? rule.table) === rule.table,
  }),
  inOrder: rulesInOrder,
  words: (rule) => [`${rule.priority}:\t${matchWords(rule).join(' ')}`, ...targetWords(rule), ...originWords(rule)],
  sync: {
    takes: ['protocol'],
    ownership: 'Rules are ours by --protocol, which they need.',
    rules({ protocol, additive }) {
      if (additive === true && protocol !== undefined) {
        throw new UsageError('--additive writes rules of every protocol: --protocol does not go with it')
      }
      if (additive === true) return anyRules(ruleOwner({ additive }))
      return anyRules(usage(() => ruleOwner({ protocol: protocol! })))
    },
  },
}

function matchWords(rule: Rule): string[] {
  const { flags, src, dst, tos, iifname, oifname } = rule
  const words = (flags & RuleFlag.INVERT) === 0 ? [] : ['not']
  words.push(`from ${src === undefined ? 'all' : prefixText(src)}`)
  if (dst !== undefined) words.push(`to ${prefixText(dst)}`)
  if (tos !== 0) words.push(`tos ${tosName(tos)}`)
  words.push(...markWords(rule))
  if (iifname !== undefined) words.push(`iif ${iifname}${detached(flags & RuleFlag.IIF_DETACHED)}`)
  if (oifname !== undefined) words.push(`oif ${oifname}${detached(flags & RuleFlag.OIF_DETACHED)}`)
  if (rule.l3mdev !== undefined) words.push('lookup [l3mdev-table]')
  if (rule.uidRange !== undefined) words.push(`uidrange ${rule.uidRange.start}-${rule.uidRange.end}`)
  if (rule.ipProto !== undefined) words.push(`ipproto ${ipProtocolName(rule.ipProto)}`)
  words.push(...portWords('sport', rule.sportRange, rule.sportMask))
  words.push(...portWords('dport', rule.dportRange, rule.dportMask))
  if (rule.tunId !== undefined) words.push(`tun_id ${rule.tunId}`)
  words.push(...maskedWords('dscp', rule.dscp, rule.dscpMask, 0x3f))
  if (rule.flowlabel !== undefined)
    words.push(...maskedWords('flowlabel', rule.flowlabel, rule.flowlabelMask, 0xfffff, true))
  return words
}

function detached(flag: number): string {
  return flag === 0 ? '' : ' [detached]'
}

/** Without the length where the prefix is one address. */
function prefixText(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '')
}

function hex(number: number): string {
  return number === 0 ? '0' : `0x${number.toString(16)}`
}

function markWords({ fwmark = 0, fwmask }: Rule): string[] {
  if (fwmark === 0 && fwmask === undefined) return []
  return [`fwmark ${hex(fwmark)}${fwmask === undefined || fwmask === 0xffffffff ? '' : `/${hex(fwmask)}`}`]
}

function ipProtocolName(protocol: number): string {
  const name = ipProtocols.nameOf(protocol)
  return name === String(protocol) ? `ipproto-${protocol}` : name
}

function portWords(name: string, range: Range | undefined, mask: number | undefined): string[] {
  if (range === undefined) return []
  if (range.start !== range.end) return [`${name} ${range.start}-${range.end}`]
  return maskedWords(name, range.start, mask, 0xffff)
}

/** A value, with its mask if that leaves bits out. */
function maskedWords(
  name: string,
  value: number | undefined,
  mask: number | undefined,
  whole: number,
  inHex = false,
): string[] {
  if (value === undefined) return []
  if (mask !== undefined && mask !== whole) return [`${name} ${hex(value)}/${hex(mask)}`]
  return [`${name} ${inHex ? hex(value) : value}`]
}

function targetWords({ action, flags, table, suppressPrefixlen, suppressIfgroup, flow, goto: target }: Rule): string[] {
  const words: string[] = []
  if (table !== undefined) {
    words.push(`lookup ${routeTableName(table)}`)
    if (suppressPrefixlen !== undefined) words.push(`suppress_prefixlength ${suppressPrefixlen}`)
    if (suppressIfgroup !== undefined) words.push(`suppress_ifgroup ${linkGroups.nameOf(suppressIfgroup)}`)
  }
  if (flow !== undefined) {
    const from = flow >>> 16
    words.push(`realms ${from === 0 ? '' : `${realmName(from)}/`}${realmName(flow & 0xffff)}`)
  }
  if (action === RuleAction.GOTO) {
    words.push(`goto ${target ?? 'none'}`)
    if ((flags & RuleFlag.UNRESOLVED) !== 0) words.push('[unresolved]')
  } else if (action === RuleAction.NOP) words.push('nop')
  else if (action !== RuleAction.LOOKUP) words.push(routeTypeName(action))
  return words
}

/** The protocol of a rule. Text has none for rules of the kernel and for rules without a protocol. */
function originWords({ protocol = RouteProtocol.UNSPEC }: Rule): string[] {
  const isPlain = protocol === RouteProtocol.UNSPEC || protocol === RouteProtocol.KERNEL
  return isPlain ? [] : [`proto ${protocolName(protocol)}`]
}
