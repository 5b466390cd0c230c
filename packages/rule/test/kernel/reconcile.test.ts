import { execFileSync } from 'node:child_process'
import { keep, reconcile } from '@rtnl/reconcile'
import { type Rule, RuleFlag, ruleOwner } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const reconciling = suite('rules of ours')
const rules = ruleOwner({ protocol: 84 })

const ip = (line: string): string => execFileSync('ip', ['-N', ...line.split(' ')], { encoding: 'utf8' })
const shown = (): string[] =>
  ip('rule show priority 100')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^100:\s+/, '').trim())

reconciling.before.each(() => {
  ip('rule add priority 100 from 10.0.0.0/8 table 9 protocol 186')
})
reconciling.after.each(async () => {
  await reconcile(rules, [])
  ip('rule del priority 100')
})

const first: Partial<Rule> = { priority: 100, src: '10.1.0.0/16', table: 1 }
const second: Partial<Rule> = { priority: 100, src: '10.2.0.0/16', table: 2 }
const other = 'from 10.0.0.0/8 lookup 9 proto 186'

reconciling('rules of equal priority are put in in their order, behind those of others', async () => {
  const { added, failed, conflicts } = await reconcile(rules, [first, second])
  assert.equal([added, failed, conflicts], [2, [], []])
  assert.equal(shown(), [other, 'from 10.1.0.0/16 lookup 1 proto 84', 'from 10.2.0.0/16 lookup 2 proto 84'])
  const again = await reconcile(rules, [second, first])
  assert.equal([again.failed, again.conflicts], [[], []])
  assert.equal(shown(), [other, 'from 10.2.0.0/16 lookup 2 proto 84', 'from 10.1.0.0/16 lookup 1 proto 84'])
  assert.is((await reconcile(rules, [second, first])).unchanged, 2)
})

reconciling('a rule that says something else is added before the old one goes', async () => {
  await reconcile(rules, [first])
  const steps: string[] = []
  await reconcile(rules, [{ ...first, table: 7 }], {
    onOperation: ({ action, entry }) => void steps.push(`${action} ${entry.table}`),
  })
  assert.equal(steps, ['replace 7', 'remove 1'])
  assert.equal(shown(), [other, 'from 10.1.0.0/16 lookup 7 proto 84'])
})

reconciling('one that is there twice is there once after', async () => {
  await reconcile(rules, [first])
  ip('rule add priority 100 from 10.1.0.0/16 table 8 protocol 84')
  const { unchanged, removed } = await reconcile(rules, [first])
  assert.equal([unchanged, removed], [1, 1])
  assert.equal(shown(), [other, 'from 10.1.0.0/16 lookup 1 proto 84'])
})

reconciling('what the kernel takes for equal is replaced all the same', async () => {
  ip('rule add priority 200 table 254')
  ip('rule add priority 201 table 254')
  const versions: readonly (readonly [Partial<Rule>, string])[] = [
    [{ priority: 100, src: '10.1.0.0/16', goto: 200 }, 'from 10.1.0.0/16 goto 200 proto 84'],
    [{ priority: 100, src: '10.1.0.0/16', goto: 201 }, 'from 10.1.0.0/16 goto 201 proto 84'],
    [first, 'from 10.1.0.0/16 lookup 1 proto 84'],
    [{ ...first, flow: 7 }, 'from 10.1.0.0/16 lookup 1 realms 7 proto 84'],
    [first, 'from 10.1.0.0/16 lookup 1 proto 84'],
    [{ ...first, flags: RuleFlag.INVERT }, 'not from 10.1.0.0/16 lookup 1 proto 84'],
    [first, 'from 10.1.0.0/16 lookup 1 proto 84'],
    [{ priority: 100, table: 1 }, 'from all lookup 1 proto 84'],
  ]
  for (const [rule, text] of versions) {
    const { failed } = await reconcile(rules, [rule])
    assert.equal(failed, [], text)
    assert.equal(shown(), [other, text])
    assert.is((await reconcile(rules, [rule])).changes, 0, text)
  }
  for (const priority of [200, 201]) ip(`rule del priority ${priority}`)
})

reconciling('one that matches less can stand before one that matches everything', async () => {
  const both: Partial<Rule>[] = [first, { priority: 100, table: 1 }]
  const { failed } = await reconcile(rules, both)
  assert.equal(failed, [])
  assert.equal(shown(), [other, 'from 10.1.0.0/16 lookup 1 proto 84', 'from all lookup 1 proto 84'])
  assert.is((await reconcile(rules, both)).changes, 0)
})

reconciling('removing one that matches everything spares one that matches less', async () => {
  const all: Partial<Rule> = { priority: 100, table: 1 }
  await reconcile(rules, [first, all])
  const controller = await keep(rules, [first, all])
  controller.set(first)
  await controller.idle()
  // The kernel deletes the first one of which all that the request says is true; it is put back.
  while (shown().join() !== [other, 'from 10.1.0.0/16 lookup 1 proto 84'].join()) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  controller.close()
})

reconciling('additively rules of every protocol are added, and those of others stay', async () => {
  const additive = ruleOwner({ additive: true })
  const outcome = await reconcile(
    additive,
    [
      { ...first, protocol: 84 },
      { ...second, protocol: 85 },
    ],
    { additive: true },
  )
  assert.equal([outcome.added, outcome.failed, outcome.conflicts], [2, [], []])
  assert.equal(shown(), [other, 'from 10.1.0.0/16 lookup 1 proto 84', 'from 10.2.0.0/16 lookup 2 proto 85'])
  ip('rule del priority 100 protocol 85')
})

reconciling.run()
