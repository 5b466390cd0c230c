import { AddressFamily, Errno, MulticastGroup } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import { type Rule, RuleFlag, RuleMessage, ruleMessage } from '@rtnl/rule'
import type { Links } from '../links/links.ts'
import type { Origin, Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { type FakeRule, isMeantRule, isSameRule, ownRule, ruleEntry } from './fake-rule.ts'

/** `RTNL_FAMILY_IPMR` and `RTNL_FAMILY_IP6MR`: multicast routing has rules of its own. */
const multicastRouting = { ipv4: 128, ipv6: 129 } as const

const groups = new Map<number, number>([
  [AddressFamily.INET, MulticastGroup.IPV4_RULE],
  [AddressFamily.INET6, MulticastGroup.IPV6_RULE],
])

/** The policy rules of all families, in the order in which packets meet them. */
export class Rules {
  readonly #links: Links
  readonly #output: Output
  readonly #byFamily: ReadonlyMap<number, FakeRule[]>

  constructor(links: Links, output: Output) {
    this.#links = links
    this.#output = output
    const { INET, INET6 } = AddressFamily
    const { LOCAL, MAIN, DEFAULT } = RouteTableId
    const own = (family: number, tables: readonly (readonly [number, number])[]): [number, FakeRule[]] => [
      family,
      tables.map(([priority, table]) => ownRule(family, priority, table)),
    ]
    const [first, main, last] = [0, 0x7ffe, 0x7fff]
    // In the order in which the kernel dumps them.
    this.#byFamily = new Map([
      own(INET, [
        [first, LOCAL],
        [main, MAIN],
        [last, DEFAULT],
      ]),
      own(multicastRouting.ipv4, [[last, DEFAULT]]),
      own(multicastRouting.ipv6, [[last, MAIN]]),
      own(INET6, [
        [first, LOCAL],
        [main, MAIN],
      ]),
    ])
  }

  /** The families that have rules, in the order in which the kernel dumps them. */
  families(): number[] {
    return [...this.#byFamily.keys()]
  }

  /** The rules of a family, in order; undefined if it has none at all. */
  of(family: number): readonly FakeRule[] | undefined {
    return this.#byFamily.get(family)
  }

  /** The priority of a rule that comes without one: before the second rule. */
  freePriority(family: number): number {
    const second = this.of(family)?.[1]
    return second === undefined || second.priority === 0 ? 0 : second.priority - 1
  }

  /** Whether there is a rule that would make a new one a double. */
  has(rule: FakeRule): boolean {
    return this.#list(rule).some((present) => isSameRule(present, rule))
  }

  /** Puts a rule behind those of its priority. */
  add(rule: FakeRule, origin: Origin): void {
    const list = this.#list(rule)
    const behind = list.findIndex(({ priority }) => priority > rule.priority)
    list.splice(behind < 0 ? list.length : behind, 0, rule)
    this.#notify(RuleMessage.NEW, rule, origin)
  }

  /**
   * Removes the first rule that a request means.
   * @param names whether the request says a priority
   * @throws {Refusal} there is none, or it may not be removed
   */
  remove(wanted: FakeRule, names: boolean, origin: Origin): void {
    const list = this.#list(wanted)
    const found = list.find((present) => isMeantRule(present, wanted, { names }))
    if (found === undefined) throw new Refusal(Errno.ENOENT)
    if ((found.flags & RuleFlag.PERMANENT) !== 0) throw new Refusal(Errno.EPERM)
    list.splice(list.indexOf(found), 1)
    this.#notify(RuleMessage.DEL, found, origin)
  }

  /** The rule that another goes to: the first of the priority. */
  targetOf({ family, target }: FakeRule): FakeRule | undefined {
    return this.of(family)?.find(({ priority }) => priority === target)
  }

  /** The index of an interface; undefined if there is none of that name. */
  indexOf(ifname: string): number | undefined {
    return this.#links.named(ifname)?.ifindex
  }

  entry(rule: FakeRule): Partial<Rule> {
    return ruleEntry(rule, {
      hasLink: (name) => this.#links.named(name) !== undefined,
      hasTarget: (of) => this.targetOf(of) !== undefined,
    })
  }

  #list({ family }: FakeRule): FakeRule[] {
    return this.#byFamily.get(family) ?? []
  }

  #notify(type: number, rule: FakeRule, origin: Origin): void {
    const group = groups.get(rule.family)
    if (group !== undefined) this.#output.notify(group, ruleMessage, { type, origin }, this.entry(rule))
  }
}
