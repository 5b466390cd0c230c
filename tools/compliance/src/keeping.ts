import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { openTable } from '@rtnl/live-table'
import { EntryRows, RowCopies } from '@rtnl/live-table/internal'
import { NetlinkError, Writer } from '@rtnl/netlink-core'
import { keep, noInterfaces, type Operation, type Outcome, type ReconcileRules, reconcile } from '@rtnl/reconcile'
import { plan } from '@rtnl/reconcile/internal'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeepingSubject } from './keeping-subject.ts'
import { patience } from './patience.ts'
import { refusalOf } from './refusal.ts'
import { assertNothingLeft, resources } from './resources.ts'
import { run } from './tools.ts'

/** Longer than healing takes, also on a machine that has much to do. */

/** Registers the tests that every table has to pass whose entries can be unchanged. */
export function keepingCompliance<Entry>(tests: Test, subject: KeepingSubject<Entry>): void {
  let count = 0

  /** Runs a test in a namespace of its own, in which others have their entries. */
  const inScene = (
    title: string,
    test: (netns: string, rules: ReconcileRules<Entry>, wanted: readonly Partial<Entry>[]) => Promise<void>,
  ): void => {
    tests(title, async () => {
      const netns = `controller${++count}`
      execFileSync('ip', ['netns', 'add', netns])
      try {
        run(netns, subject.setup)
        run(netns, subject.others)
        await test(netns, await subject.rules(netns), subject.wanted(netns))
      } finally {
        execFileSync('ip', ['netns', 'delete', netns])
      }
    })
  }

  /** What is still to be done, by a reading of its own. */
  async function left(netns: string, rules: ReconcileRules<Entry>, wanted: readonly Partial<Entry>[]): Promise<object> {
    await using table = await openTable(rules.definition, { netns })
    const { add, replace, remove, conflicts } = plan(rules, wanted, table)
    return { add, replace, remove, conflicts }
  }
  const nothing = { add: [], replace: [], remove: [], conflicts: [] }

  const summary = ({ added, replaced, removed, unchanged, failed, conflicts }: Outcome<Entry>): object => ({
    added,
    replaced,
    removed,
    unchanged,
    failed: failed.map(({ error }) => error.message),
    conflicts,
  })
  const none = { added: 0, replaced: 0, removed: 0, unchanged: 0, failed: [], conflicts: [] }

  async function healed(netns: string, rules: ReconcileRules<Entry>, wanted: readonly Partial<Entry>[]): Promise<void> {
    const end = performance.now() + patience
    while (JSON.stringify(await left(netns, rules, wanted)) !== JSON.stringify(nothing) && performance.now() < end)
      await delay(20)
    assert.equal(await left(netns, rules, wanted), nothing)
  }

  inScene(
    'what is wanted is put in, a second run does nothing, and what others have stays',
    async (netns, rules, wanted) => {
      const before = subject.shown(netns)
      assert.equal(summary(await reconcile(rules, wanted, { netns })), { ...none, added: wanted.length })
      assert.equal(await left(netns, rules, wanted), nothing)
      const during = subject.shown(netns)
      assert.is(during.length, before.length + wanted.length)
      assert.equal(
        before.filter((line) => !during.includes(line)),
        [],
      )
      assert.equal(summary(await reconcile(rules, wanted, { netns })), { ...none, unchanged: wanted.length })
      assert.equal(subject.shown(netns), during)
      assert.equal(summary(await reconcile(rules, [], { netns })), { ...none, removed: wanted.length })
      assert.equal(subject.shown(netns), before)
    },
  )

  inScene('what is wanted is held as the bytes of a message', async (_netns, rules, wanted) => {
    const { definition } = rules
    const rows = new EntryRows(definition)
    const copies = new RowCopies<Entry>()
    for (const entry of wanted) {
      const normal = rules.normalize(entry, noInterfaces)
      const [held, sent] = [new Writer(), new Writer()]
      const id = rows.put(normal)
      const given = Object.fromEntries(Object.entries(normal as object).filter(([, value]) => value !== undefined))
      assert.equal(rows.entry(id), given)
      copies.take(rows, id).writeTo(held)
      definition.message.encode(sent, normal)
      assert.equal(held.bytes(), sent.bytes())
    }
  })

  inScene('a dry run says the same and changes nothing', async (netns, rules, wanted) => {
    const before = subject.shown(netns)
    assert.equal(summary(await reconcile(rules, wanted, { netns, dryRun: true })), { ...none, added: wanted.length })
    assert.equal(subject.shown(netns), before)
  })

  inScene('from a part, and from what others made of it, it comes to what is wanted', async (netns, rules, wanted) => {
    await reconcile(rules, wanted, { netns })
    run(netns, [subject.edit, subject.remove])
    const outcome = await reconcile(rules, wanted, { netns })
    assert.equal([outcome.failed, outcome.conflicts], [[], []])
    assert.ok(outcome.changes >= 2, `${outcome.changes} changes`)
    assert.equal(await left(netns, rules, wanted), nothing)
    // Some changed and some gone, and what takes the place of others is written before anything is removed.
    const next = [subject.changed(netns), ...wanted.slice(1, -1)]
    const steps: Operation<Entry>['action'][] = []
    await reconcile(rules, next, { netns, onOperation: ({ action }) => void steps.push(action) })
    assert.equal(await left(netns, rules, next), nothing)
    const removals = steps.filter((action) => action === 'remove')
    assert.ok(removals.length > 0)
    assert.equal(steps, [...steps.filter((action) => action !== 'remove'), ...removals])
  })

  const refusedIn = subject.refused?.bind(subject)
  if (refusedIn !== undefined) {
    inScene(
      'what the kernel refuses in the middle is told with its words, and the others go through',
      async (netns, rules, wanted) => {
        const half = wanted.length >> 1
        const refused = refusedIn(netns)
        const outcome = await reconcile(rules, [...wanted.slice(0, half), refused, ...wanted.slice(half)], { netns })
        assert.is(outcome.added, wanted.length)
        assert.is(outcome.failed.length, 1)
        const [failure] = outcome.failed
        assert.is(rules.key(failure!.entry), rules.key(rules.normalize(refused, noInterfaces)))
        const refusal = refusalOf(failure!)
        assert.instance(refusal, NetlinkError)
        assert.match((refusal as NetlinkError).code, /^E[A-Z]+$/)
        assert.equal(await left(netns, rules, wanted), nothing)
      },
    )
  }

  inScene('edits and removals by others are healed, and a change takes one request', async (netns, rules, wanted) => {
    const before = resources()
    const controller = await keep(rules, wanted, { netns })
    for (const line of [subject.edit, subject.remove]) {
      run(netns, [line])
      await healed(netns, rules, wanted)
    }
    await controller.table.waitForSync()
    await controller.idle()
    const { requests } = controller
    controller.set(subject.changed(netns))
    await controller.idle()
    assert.is(controller.requests - requests, subject.changeRequests ?? 1)
    assert.equal(await left(netns, rules, [subject.changed(netns), ...wanted.slice(1)]), nothing)
    const { removed } = await controller.remove()
    assert.is(removed, wanted.length)
    await assertNothingLeft(before)
  })
}
