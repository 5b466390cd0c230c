import { dumpEntries, requestEntry, type Verb } from '@rtnl/live-table'
import { type CallOptions, type Connection, RouteProtocol } from '@rtnl/netlink-core'
import { type DesiredEntry, noInterfaces } from '@rtnl/reconcile/declarations'
import { ruleDefinition } from './definition.ts'
import type { Rule } from './message.ts'
import { normalizeRule } from './normalize.ts'

/**
 * Adds a rule.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} the kernel refused: there is an equal rule (`EEXIST`), ...
 */
export async function addRule(
  connection: Connection,
  rule: DesiredEntry<Rule>,
  options: CallOptions = {},
): Promise<void> {
  await request(connection, 'add', rule, options)
}

/**
 * Deletes a rule. The kernel deletes the first one that has what is given here: a rule of the same priority, action and
 * table that matches less, because it says more, may be that one.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} there is none (`ENOENT`)
 */
export async function deleteRule(
  connection: Connection,
  rule: DesiredEntry<Rule>,
  options: CallOptions = {},
): Promise<void> {
  await request(connection, 'delete', rule, options)
}

/** Reads the rules of a family (`AF_INET`, `AF_INET6`) once, in batches, in the order in which the kernel tries them. */
export function dumpRules(
  connection: Connection,
  family: number,
  options: CallOptions = {},
): AsyncGenerator<Rule[], void, undefined> {
  return dumpEntries(connection, ruleDefinition, { family }, options)
}

async function request(
  connection: Connection,
  verb: Verb,
  rule: DesiredEntry<Rule>,
  options: CallOptions,
): Promise<void> {
  const entry = normalizeRule(rule, RouteProtocol.BOOT, noInterfaces)
  await requestEntry(connection, ruleDefinition, verb, { entry, title: `${entry.priority}` }, options)
}
