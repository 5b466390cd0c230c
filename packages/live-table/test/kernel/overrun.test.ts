// timeout: 900
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type ChangeBatch, type LiveTable, openTable } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Rule, ruleDefinition } from './rules.ts'

const overrun = suite('overrun of the kernel')

const CHANGES = 2000
// Room for a few notifications in the kernel, and the reading thread stops as soon as it has anything.
const tiny = { receiveBuffer: 4096, pendingLimit: 1 }

/** Changes rules that begin at a priority by `ip -batch`; half of what is added is removed again. */
async function churn(base: number, blocked: boolean): Promise<void> {
  const lines: string[] = []
  for (let number = 1; number <= CHANGES; number++) {
    lines.push(`rule add priority ${base + number} fwmark ${number} lookup main`)
    if (number % 2 === 0) lines.push(`rule del priority ${base + number / 2}`)
  }
  const words = ['-4', '-batch', '-']
  const input = `${lines.join('\n')}\n`
  if (blocked) {
    assert.is(spawnSync('ip', words, { input, stdio: ['pipe', 'inherit', 'inherit'] }).status, 0)
    return
  }
  const ip = spawn('ip', words, { stdio: ['pipe', 'inherit', 'inherit'] })
  const ended = once(ip, 'exit')
  ip.stdin.end(input)
  assert.equal(await ended, [0, null])
}

/** What `ip` says: priorities of all rules. */
function priorities(): number[] {
  const rules = JSON.parse(execFileSync('ip', ['-4', '-json', 'rule'], { encoding: 'utf8' })) as { priority: number }[]
  return rules.map(({ priority }) => priority).sort((a, b) => a - b)
}

function sorted(rules: Iterable<Rule>): Rule[] {
  return [...rules].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0))
}

async function freshDump(table: LiveTable<Rule>): Promise<Rule[]> {
  const { message, types } = ruleDefinition
  const request = { message, type: types.get, entry: { family: 2 }, operation: 'dump rule' }
  const rules: Rule[] = []
  for await (const batch of table.notifier.connection.dump(request)) rules.push(...batch)
  return sorted(rules)
}

for (const [blocked, base] of [
  [true, 1000],
  [false, 10_000],
] as const) {
  overrun(`is told and repaired, the event loop ${blocked ? 'blocked' : 'running'}`, async () => {
    await using table = await openTable(ruleDefinition, tiny)
    const batches: ChangeBatch<Rule>[] = []
    const fold = new Map<string, Rule>()
    const reading = (async () => {
      for await (const batch of table.changes()) {
        batches.push(batch)
        for (const { kind, key, entry } of batch.changes) {
          assert.is(fold.has(key), kind !== 'added', `${kind} ${key}`)
          if (kind === 'removed') fold.delete(key)
          else fold.set(key, entry)
        }
      }
    })()
    await churn(base, blocked)
    await table.waitForSync()
    assert.is(table.state, 'live')
    const dumped = await freshDump(table)
    assert.equal(sorted(table), dumped)
    assert.equal(
      dumped.map(({ priority = 0 }) => priority),
      priorities(),
    )
    table.close()
    await reading
    assert.equal(sorted(fold.values()), dumped)
    const repaired = batches.filter(({ event, reason }) => event === 'resync' && reason === 'overrun')
    // A loop that runs may keep up, on a fast machine.
    if (blocked) assert.ok(repaired.length > 0)
    for (const { cause } of repaired) assert.is(cause, 'resync')
  })
}

overrun.run()
