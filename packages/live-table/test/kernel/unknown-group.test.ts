import { execFileSync } from 'node:child_process'
import { onMessage, openTable } from '@rtnl/live-table'
import { NetlinkError } from '@rtnl/netlink-core'
import { type MessageSink, Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Rule, ruleDefinition } from './rules.ts'

const unknown = suite('multicast groups that the kernel does not know')

/** Beyond `RTNLGRP_MAX` of every kernel, as `RTNLGRP_BRVLAN` (33) is of those before 5.6. */
const noGroup = 500

unknown('a table opens and follows where one of them is that of a trigger', async () => {
  await using notifier = await Notifier.open()
  const trigger = onMessage<Rule>({ reason: 'no group', groups: [noGroup], types: [1000], invalidates: () => [] })
  await using table = await openTable({ ...ruleDefinition, triggers: [trigger] }, { notifier })
  assert.equal(notifier.groups, ruleDefinition.groups)
  execFileSync('ip', 'rule add priority 700 lookup main'.split(' '))
  await table.waitForSync()
  assert.is([...table].filter(({ priority }) => priority === 700).length, 1)
  execFileSync('ip', 'rule del priority 700'.split(' '))
  table.close()
  assert.equal(notifier.groups, [])
})

unknown('what has to be heard is not gone without', async () => {
  await using notifier = await Notifier.open()
  const sink: MessageSink = { name: 'x', groups: [noGroup], types: [], message() {}, lost() {}, failed() {} }
  try {
    await notifier.attach(sink)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, NetlinkError)
    assert.match((error as Error).message, /^join multicast group 500: .*EINVAL/)
  }
  assert.is(notifier.sinks, 0)
})

unknown('a table that a kernel may be without is empty, and its definition says so', async () => {
  const types = { new: 1000, delete: 1001, get: 1002 }
  const definition = { ...ruleDefinition, groups: [noGroup], types }
  await openTable(definition).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /^join multicast group 500: .*EINVAL/),
  )
  await using table = await openTable({ ...definition, optional: true })
  assert.is(table.size, 0)
  await table.resync()
  assert.is(table.size, 0)
  // What the kernel refuses for other reasons is refused.
  const refused = { ...ruleDefinition, optional: true, partitions: [{ name: 'all', request: { family: 10 } }] }
  await using rules = await openTable(refused)
  assert.ok(rules.size > 0)
})

unknown.run()
