import { dumpAddresses } from '@rtnl/address'
import { type Vlan, VlanTable } from '@rtnl/bridge'
import { LinkTable } from '@rtnl/link'
import { dumpFdb, dumpNeighbors } from '@rtnl/neighbor'
import { AddressFamily, type CallOptions } from '@rtnl/netlink-core'
import { dumpNexthops } from '@rtnl/nexthop'
import type { Notifier } from '@rtnl/notifier'
import { dumpRoutes } from '@rtnl/route'
import { dumpRules } from '@rtnl/rule'
import { type Explanation, explain } from './explain.ts'
import { askKernel, type KernelAnswer, questionKey } from './question/answer.ts'
import { checkQuestion, type Question } from './question/question.ts'
import type { Tables } from './tables.ts'

/**
 * Reads once, by dumps, what decides where packets go.
 * @throws as the dumps of the tables
 */
export async function readTables(notifier: Notifier, options: CallOptions = {}): Promise<Tables> {
  const { connection } = notifier
  await using linkTable = await LinkTable.open({ notifier, signal: options.signal })
  const links = [...linkTable]
  const families = [AddressFamily.INET, AddressFamily.INET6]
  const [rules, routes, nexthops, addresses, neighbors, fdb, vlans] = await Promise.all([
    all(families.map((family) => dumpRules(connection, family, options))),
    all([dumpRoutes(connection, {}, options)]),
    all([dumpNexthops(connection, options)]),
    all(families.map((family) => dumpAddresses(connection, family, options))),
    all([dumpNeighbors(connection, {}, options)]),
    all([dumpFdb(connection, {}, options)]),
    links.some(({ bridge }) => bridge?.vlanFiltering === 1) ? readVlans(notifier, options) : [],
  ])
  return { rules, routes, nexthops, links, addresses, neighbors, fdb, vlans }
}

async function readVlans(notifier: Notifier, { signal }: CallOptions): Promise<Vlan[]> {
  await using vlans = await VlanTable.open({ notifier, signal })
  return [...vlans]
}

async function all<Entry>(dumps: readonly AsyncIterable<Entry[]>[]): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const dump of dumps) for await (const batch of dump) for (const entry of batch) entries.push(entry)
  return entries
}

/**
 * Reads the tables, asks the kernel, and says where a packet goes. What changes meanwhile may be in one and not in the other.
 * @throws {TypeError | RangeError} a field of the question that does not fit, named with its value; nothing is sent
 * @throws as `readTables` and `askKernel`
 */
export async function explainPacket(
  notifier: Notifier,
  question: Question,
  options: CallOptions = {},
): Promise<Explanation> {
  checkQuestion(question)
  const tables = await readTables(notifier, options)
  const answers = new Map<string, KernelAnswer>()
  for (;;) {
    const explanation = explain(tables, question, answers)
    if (explanation.unasked.length === 0) return explanation
    for (const unasked of explanation.unasked) {
      answers.set(questionKey(unasked), await askKernel(notifier.connection, unasked, options))
    }
  }
}
