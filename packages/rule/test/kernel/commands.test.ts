import { execFileSync } from 'node:child_process'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { addRule, deleteRule, dumpRules, type Rule } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipRules } from '../support/shown.ts'

const commands = suite('requests about one rule')

async function rejection(promise: Promise<unknown>): Promise<NetlinkError> {
  const error = await promise.catch((thrown: unknown) => thrown)
  assert.instance(error, NetlinkError)
  return error as NetlinkError
}

commands('a rule is added once, read, and deleted once', async () => {
  const netns = 'commands'
  execFileSync('ip', ['netns', 'add', netns])
  await using connection = await Connection.open({ netns })
  const before = ipRules(netns)
  const rule = { family: 10, priority: 90, src: 'fd00::/8', table: 1000 }
  await addRule(connection, rule)
  const rules: Rule[] = []
  for (const family of [2, 10]) for await (const batch of dumpRules(connection, family)) rules.push(...batch)
  assert.equal(rules.map(asIpShows), ipRules(netns))
  assert.is(rules.length, before.length + 1)
  const refused = await rejection(addRule(connection, rule))
  assert.equal([refused.operation, refused.code], ['add rule 90', 'EEXIST'])
  await deleteRule(connection, rule)
  assert.equal(ipRules(netns), before)
  const gone = await rejection(deleteRule(connection, rule))
  assert.equal([gone.operation, gone.code], ['delete rule 90', 'ENOENT'])
  execFileSync('ip', ['netns', 'delete', netns])
})

commands.run()
