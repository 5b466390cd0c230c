// timeout: 600
import { execFileSync, spawnSync } from 'node:child_process'
import { Follower, tries } from '@rtnl/compliance'
import { type Connection, MessageFlag } from '@rtnl/netlink-core'
import { dumpRules, type Rule, RuleFlag, RuleMessage, RuleTable, ruleDefinition, ruleMessage } from '@rtnl/rule'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipRules } from '../support/shown.ts'

const random = suite('random operations on rules')

const operations = tries(3000)
const batchSize = 100

const oneOf = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words)
const perhaps = (...words: string[]): fc.Arbitrary<string> => oneOf('', '', ...words)
const priority = fc.integer({ min: 100, max: 130 }).map((number) => `priority ${number}`)
const sentence = (...words: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...words).map((all) => all.filter((word) => word !== '').join(' '))

const selectors4 = [perhaps('from 10.0.0.0/8', 'from 10.1.2.3', 'from 10.1.2.3/16'), perhaps('to 192.0.2.0/24')]
const selectors6 = [perhaps('from fd00::/8', 'from fd00::1'), perhaps('to 2001:db8::/32')]
const selectors = [
  perhaps('iif v0', 'iif v1', 'iif lo'),
  perhaps('oif v0', 'oif w0'),
  perhaps('fwmark 5', 'fwmark 5/0xff', 'fwmark 0/7'),
  perhaps('tos 0x10'),
  perhaps('ipproto tcp sport 80', 'ipproto udp dport 100-200'),
  perhaps('uidrange 0-0'),
  perhaps('tun_id 77'),
  perhaps('protocol 84', 'protocol 186'),
]
const action = oneOf(
  ...['table 5', 'table 1000', 'table main suppress_prefixlength 0', 'table 6 suppress_ifgroup 4'],
  ...['goto 115', 'goto 125', 'goto 130', 'blackhole', 'unreachable', 'prohibit', 'nop', 'l3mdev'],
)

const add = fc.oneof(
  sentence(oneOf('rule add', 'rule add not'), priority, ...selectors4, ...selectors, action),
  sentence(oneOf('-6 rule add', '-6 rule add not'), priority, ...selectors6, ...selectors, action),
)
const remove = fc.oneof(
  sentence(oneOf('rule del', '-6 rule del'), priority),
  sentence(oneOf('rule del', '-6 rule del'), priority, action),
)
const link = oneOf(
  ...['link add v0 type veth peer name v1', 'link del v0', 'link set v0 name w0', 'link set w0 name v0'],
  ...['link set lo name v1', 'link set v1 name lo', 'link del w0'],
)
const operation = fc.oneof(
  { weight: 6, arbitrary: add },
  { weight: 5, arbitrary: remove },
  { weight: 2, arbitrary: link },
)

/** What `ip` cannot do: it asks for no rule that there is already. */
async function duplicate(connection: Connection, rule: Rule): Promise<void> {
  const entry = { ...rule, flags: rule.flags & (RuleFlag.INVERT | RuleFlag.FIND_SADDR) }
  await connection.request({
    message: ruleMessage,
    type: RuleMessage.NEW,
    flags: MessageFlag.CREATE,
    entry,
    operation: 'add an equal rule',
  })
}

async function dumped(connection: Connection): Promise<Rule[]> {
  const rules: Rule[] = []
  for (const family of [2, 10]) for await (const batch of dumpRules(connection, family)) rules.push(...batch)
  return rules
}

const texts = (rules: Iterable<Rule>): string[] =>
  Array.from(rules, (rule) => `${ruleDefinition.keyText(rule)} ${JSON.stringify(rule)}`).sort()

random(`what ${operations} leave is what a reader is told, what a dump shows, and what ip says`, async () => {
  const netns = 'random'
  execFileSync('ip', ['netns', 'add', netns])
  const table = await RuleTable.open({ netns })
  const { connection } = table.notifier
  const follower = new Follower(table)
  try {
    for (const [number, lines] of inBatches(fc.sample(operation, { numRuns: operations, seed: 1 })).entries()) {
      runLines(netns, lines)
      const some = [...table].filter(({ priority: known = 0 }) => known >= 100 && known <= 130)
      if (some.length > 0) await duplicate(connection, some[number % some.length]!)
      await table.waitForSync()
      await new Promise((resolve) => setTimeout(resolve, 0))
      await follower.until(() => texts(follower.entries.values()).join() === texts(table).join())
      assert.equal(texts(table), texts(await dumped(connection)), `table and dump after batch ${number}`)
      assert.equal(texts(follower.entries.values()), texts(table), 'fold and table')
      assert.equal(
        [2, 10].flatMap((family) => table.inOrder(family).map(asIpShows)),
        ipRules(netns),
        'table and ip, in order',
      )
      assert.equal(follower.misfits, [])
    }
    assert.ok(table.size > 10)
  } finally {
    await follower.stop()
    table.close()
    execFileSync('ip', ['netns', 'delete', netns])
  }
})

/** Runs lines, as many at a time as are of one family, which a batch of `ip` is of. Refusals do not stop it. */
function runLines(netns: string, lines: readonly string[]): void {
  for (let first = 0, end = 0; first < lines.length; first = end) {
    const wide = lines[first]!.startsWith('-6 ')
    while (end < lines.length && lines[end]!.startsWith('-6 ') === wide) end++
    const input = lines.slice(first, end).map((line) => `${line.replace(/^-6 /, '')}\n`)
    const options = [...(wide ? ['-6'] : []), '-n', netns, '-force', '-batch', '-']
    const { error } = spawnSync('ip', options, { input: input.join(''), stdio: ['pipe', 'ignore', 'ignore'] })
    if (error !== undefined) throw error
  }
}

function inBatches(lines: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(lines.length / batchSize) }, (_, index) =>
    lines.slice(index * batchSize, (index + 1) * batchSize),
  )
}

random.run()
