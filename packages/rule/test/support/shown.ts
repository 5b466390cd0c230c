import { execFileSync } from 'node:child_process'
import { type Rule, RuleAction, RuleFlag } from '@rtnl/rule'

/** A rule as `ip -N -j rule` has it. */
type ShownRule = Readonly<Record<string, unknown>>

/** The rules of both families as `ip -N -j` tells them, in the order of the kernel, each behind its family. */
export function ipRules(netns: string): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const text = execFileSync('ip', ['-n', netns, `-${family}`, '-N', '-j', 'rule'], { encoding: 'utf8' })
    return (JSON.parse(text) as ShownRule[]).map((rule) => textOf(family, rule))
  })
}

/** A rule of ours in the same words. What iproute2 6.1 does not know of is left out. */
export function asIpShows(rule: Rule): string {
  const { family, priority = 0, flags, tos, fwmark, fwmask, ipProto, action, flow, protocol = 0, table } = rule
  const has = (flag: number): boolean => (flags & flag) !== 0
  const isLookup = action === RuleAction.LOOKUP
  return textOf(family === 2 ? 4 : 6, {
    priority,
    ...(has(RuleFlag.INVERT) ? { not: null } : {}),
    ...prefix('src', rule.src, { src: 'all' }),
    ...prefix('dst', rule.dst, {}),
    ...(tos === 0 ? {} : { tos: hex(tos) }),
    ...(fwmark === undefined && fwmask === undefined ? {} : { fwmark: hex(fwmark ?? 0) }),
    ...(fwmask === undefined || fwmask === 0xffffffff ? {} : { fwmask: hex(fwmask) }),
    ...(rule.iifname === undefined ? {} : { iif: rule.iifname }),
    ...(has(RuleFlag.IIF_DETACHED) ? { iif_detached: null } : {}),
    ...(rule.oifname === undefined ? {} : { oif: rule.oifname }),
    ...(has(RuleFlag.OIF_DETACHED) ? { oif_detached: null } : {}),
    ...(rule.l3mdev === undefined ? {} : { l3mdev: null }),
    ...(rule.uidRange === undefined ? {} : { uid_start: rule.uidRange.start, uid_end: rule.uidRange.end }),
    ...(ipProto === undefined ? {} : { ipproto: `ipproto-${ipProto}` }),
    ...ports('sport', rule.sportRange),
    ...ports('dport', rule.dportRange),
    ...(rule.tunId === undefined ? {} : { tun_id: rule.tunId }),
    ...(table === undefined ? {} : { table: String(table), ...suppressors(rule) }),
    ...(flow === undefined ? {} : { flow_to: String(flow & 0xffff) }),
    ...(flow === undefined || flow <= 0xffff ? {} : { flow_from: String(flow >>> 16) }),
    ...(rule.goto === undefined ? {} : { goto: rule.goto }),
    ...(has(RuleFlag.UNRESOLVED) ? { unresolved: null } : {}),
    ...(action === RuleAction.NOP ? { nop: null } : {}),
    ...(isLookup || action === RuleAction.GOTO || action === RuleAction.NOP ? {} : { action: String(action) }),
    ...(protocol === 0 || protocol === 2 ? {} : { protocol: String(protocol) }),
  })
}

function textOf(family: 4 | 6, rule: ShownRule): string {
  return `${family} ${JSON.stringify(Object.entries(rule).sort(([one], [other]) => (one < other ? -1 : 1)))}`
}

function hex(number: number): string {
  return number === 0 ? '0' : `0x${number.toString(16)}`
}

function prefix(name: string, text: string | undefined, otherwise: ShownRule): ShownRule {
  if (text === undefined) return otherwise
  const [address = '', length] = text.split('/')
  const isHost = Number(length) === (address.includes(':') ? 128 : 32)
  return { [name]: address, ...(isHost ? {} : { [`${name}len`]: Number(length) }) }
}

function ports(name: string, range: Rule['sportRange']): ShownRule {
  if (range === undefined) return {}
  if (range.start === range.end) return { [name]: range.start }
  return { [`${name}_start`]: range.start, [`${name}_end`]: range.end }
}

function suppressors({ suppressPrefixlen, suppressIfgroup }: Rule): ShownRule {
  return {
    ...(suppressPrefixlen === undefined ? {} : { suppress_prefixlen: suppressPrefixlen }),
    ...(suppressIfgroup === undefined ? {} : { suppress_ifgroup: String(suppressIfgroup) }),
  }
}
