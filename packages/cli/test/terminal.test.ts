import type { ChangeBatch } from '@rtnl/live-table'
import { findTable, InterfaceNames } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chosenChanges, firstChanges } from '../src/chosen-changes.ts'
import { LineTimes } from '../src/output/line-time.ts'
import { isUtf8, paints } from '../src/output/paint.ts'
import { changedPhrases } from '../src/output/terminal/changed-words.ts'
import { layOut } from '../src/output/terminal/layout.ts'
import { Repeats } from '../src/output/terminal/repeats.ts'
import { TerminalLines, type TerminalStyle } from '../src/output/terminal/terminal-lines.ts'

const terminal = suite('lines on a terminal')

const names = new InterfaceNames([[3, 'eth0']])
const plain: TerminalStyle = { names, paint: paints(false), arrow: '->', long: false }

/** The lines of batches without colours, not broken. */
function written(batches: readonly ChangeBatch<unknown>[], style: Partial<TerminalStyle> = {}): string[] {
  const lines = new TerminalLines({ ...plain, ...style })
  return batches.flatMap((batch) => [...lines.of(batch, findTable(batch.table))].map((words) => layOut(words, 0)))
}

function changed(table: string, old: object, entry: object, cause: 'notification' | 'inferred' = 'notification') {
  return {
    event: 'change',
    table,
    cause,
    changes: [{ kind: 'changed', key: 'k', old, entry }],
    entries: 1,
  } satisfies ChangeBatch<unknown>
}

const route = { family: 2, tos: 0, protocol: 186, scope: 0, type: 1, flags: 0, table: 100, dst: '10.0.0.0/8', oif: 3 }
const before = { ...route, gateway: '192.0.2.1', priority: 20 }
const neighbor = { family: 2, ifindex: 3, state: 2, flags: 0, type: 1, dst: '10.0.0.2', lladdr: '02:00:00:00:00:02' }

terminal('a changed row has what says which it is, and what differs', () => {
  assert.equal(written([changed('route', before, { ...before, gateway: '192.0.2.2' })]), [
    '~ route 10.0.0.0/8 via 192.0.2.1 -> 192.0.2.2 table 100 metric 20',
  ])
  assert.equal(written([changed('route', before, { ...before, flags: 16, protocol: 4 })]), [
    '~ route 10.0.0.0/8 table 100 proto bgp -> static metric 20 +linkdown',
  ])
  assert.equal(
    written([changed('route', { ...before, metrics: { mtu: 1400 } }, { ...before, metrics: { mtu: 1300 } })]),
    ['~ route 10.0.0.0/8 table 100 metric 20 mtu 1400 -> 1300'],
  )
  assert.equal(written([changed('route', { ...before, prefsrc: '10.0.0.1' }, before)]), [
    '~ route 10.0.0.0/8 table 100 metric 20 -src 10.0.0.1',
  ])
  assert.equal(written([changed('neighbor', neighbor, { ...neighbor, state: 4 })]), [
    '~ neighbor 10.0.0.2 dev eth0 REACHABLE -> STALE',
  ])
  assert.equal(written([changed('route', before, { ...before, type: 6 })]), [
    '~ route 10.0.0.0/8 -> blackhole 10.0.0.0/8 table 100 metric 20',
  ])
})

terminal('of several hops those that differ', () => {
  const hops = [1, 2, 3].map((last) => ({ flags: 0, oif: 3, weight: 1, gateway: `192.0.2.${last}` }))
  const old = { ...route, multipath: hops }
  assert.equal(
    written([changed('route', old, { ...route, multipath: [hops[0], { ...hops[1], weight: 5 }, hops[2]] })]),
    ['~ route 10.0.0.0/8 table 100 nexthop via 192.0.2.2 dev eth0 weight 1 -> via 192.0.2.2 dev eth0 weight 5'],
  )
  assert.equal(written([changed('route', old, { ...route, multipath: hops.slice(1) })]), [
    '~ route 10.0.0.0/8 table 100 -nexthop via 192.0.2.1 dev eth0 weight 1',
  ])
})

terminal('with --long both rows are whole, and what text does not have is said', () => {
  assert.equal(written([changed('neighbor', neighbor, { ...neighbor, state: 4 })], { long: true }), [
    '~ neighbor 10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 STALE (was 10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE)',
  ])
  assert.equal(written([changed('neighbor', neighbor, { ...neighbor, type: 2 })]), [
    '~ neighbor 10.0.0.2 dev eth0 (in fields that only --json has)',
  ])
})

terminal('phrases that are only in another order are the same, and repeated ones count', () => {
  assert.equal(changedPhrases(['id 1', 'a 1', 'a 2'], ['id 1', 'a 2', 'a 1']), [{ kind: 'same', text: 'id 1' }])
  assert.equal(changedPhrases(['id 1', 'a 1'], ['id 1', 'a 1', 'a 1']), [
    { kind: 'same', text: 'id 1' },
    { kind: 'gained', text: 'a 1' },
  ])
})

terminal('causes are words, and what the kernel was silent about is counted once', () => {
  const old = { ...neighbor, state: 4 }
  const resync = { event: 'resync', table: 'neighbor', changes: [], entries: 7 } as const
  assert.equal(
    written([
      changed('neighbor', neighbor, old, 'inferred'),
      { ...resync, cause: 'inferred', reason: 'link' },
      { ...resync, cause: 'inferred', reason: 'link' },
      { ...resync, cause: 'resync', reason: 'overrun' },
    ]),
    [
      '~ neighbor 10.0.0.2 dev eth0 REACHABLE -> STALE [inferred]',
      '= neighbor: 1 change found that the kernel did not announce, after a link changed',
      '= neighbor: read again, messages were lost: they came faster than they were read: 7 entries',
    ],
  )
})

terminal('what is in a name cannot move the cursor', () => {
  const style = { names: new InterfaceNames([[3, 'e\x1b[2J']]) }
  assert.equal(written([changed('neighbor', neighbor, { ...neighbor, state: 4 })], style), [
    '~ neighbor 10.0.0.2 dev e\\u001b[2J REACHABLE -> STALE',
  ])
})

terminal('colours by the kind of the change and by what a word is', () => {
  const added: ChangeBatch<unknown> = {
    event: 'change',
    table: 'neighbor',
    cause: 'notification',
    changes: [{ kind: 'added', key: 'k', entry: neighbor }],
    entries: 1,
  }
  assert.equal(written([added], { paint: paints(true) }), [
    '\x1b[32m+\x1b[39m \x1b[32mneighbor\x1b[39m \x1b[35m10.0.0.2\x1b[39m dev \x1b[36meth0\x1b[39m ' +
      'lladdr \x1b[33m02:00:00:00:00:02\x1b[39m \x1b[32mREACHABLE\x1b[39m',
  ])
})

terminal('a line is broken between words, and not where the width is not known', () => {
  const words = ['+', 'route', '10.0.0.0/8', 'via', '192.0.2.1'].map((text) => ({ text }))
  assert.is(layOut(words, 80), '+ route 10.0.0.0/8 via 192.0.2.1')
  assert.is(layOut(words, 0), '+ route 10.0.0.0/8 via 192.0.2.1')
  assert.is(layOut(words, 32), '+ route 10.0.0.0/8 via 192.0.2.1')
  assert.is(layOut(words, 31), '+ route 10.0.0.0/8 via\n    192.0.2.1')
  for (let columns = 20; columns < 40; columns++) {
    const lines = layOut(words, columns).split('\n')
    assert.ok(lines.every((line) => line.length <= columns))
    assert.is(lines.map((line) => line.trim()).join(' '), '+ route 10.0.0.0/8 via 192.0.2.1')
  }
})

/** What is written of lines, one letter each, and released at the end. */
function folded(lines: string): string[] {
  const repeats = new Repeats()
  const told = [...lines].flatMap((letter) => repeats.add({ key: letter, text: letter }))
  return [...told, ...repeats.release()]
}

terminal('lines that come again are counted, one or several in a row', () => {
  assert.equal(folded('abc'), ['a', 'b', 'c'])
  assert.equal(folded('aaaab'), ['a', '    x 3 more', 'b'])
  assert.equal(folded('abababc'), ['a', 'b', '    the last 2 lines x 2 more', 'c'])
  // What was held back and did not come again whole is written as it came.
  assert.equal(folded('ababac'), ['a', 'b', '    the last 2 lines x 1 more', 'a', 'c'])
  assert.equal(folded('abac'), ['a', 'b', 'a', 'c'])
  assert.equal(folded('abaa'), ['a', 'b', 'a', '    x 1 more'])
  assert.equal(folded('aabb'), ['a', '    x 1 more', 'b', '    x 1 more'])
})

terminal('no line is lost or made up by counting', () => {
  let seed = 7
  for (let run = 0; run < 300; run++) {
    let lines = ''
    for (let at = 0; at < 40; at++) {
      seed = (seed * 48271) % 0x7fffffff
      lines += 'abc'[seed % (1 + (run % 3))]
    }
    let unfolded: string[] = []
    for (const line of folded(lines)) {
      const [, cycle = '1', rounds = ''] = /^ {4}(?:the last (\d+) lines )?x (\d+) more$/.exec(line) ?? []
      if (rounds === '') unfolded.push(line)
      else {
        const repeated = unfolded.slice(-Number(cycle))
        for (let round = 0; round < Number(rounds); round++) unfolded = [...unfolded, ...repeated]
      }
    }
    assert.is(unfolded.join(''), lines)
  }
})

terminal('times', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 67)
  assert.is(new LineTimes('none').before(at), '')
  assert.is(new LineTimes('iso').before(at), '2026-01-02T03:04:05.067Z ')
  assert.match(new LineTimes('clock').before(at), /^\d\d:\d\d:05\.067 $/)
  const delta = new LineTimes('delta')
  // A clock that is set back gives no negative time.
  assert.equal(
    [at, at + 1500, at + 1400, at + 61_400].map((now) => delta.before(now)),
    ['   +0.000 ', '   +1.500 ', '   +0.000 ', '  +60.000 '],
  )
})

terminal('UTF-8 by the locale', () => {
  assert.ok(isUtf8({ LANG: 'en_US.UTF-8' }))
  assert.ok(isUtf8({ LC_CTYPE: 'C.utf8', LANG: 'C' }))
  assert.not.ok(isUtf8({ LC_ALL: 'C', LANG: 'en_US.UTF-8' }))
  assert.not.ok(isUtf8({}))
})

async function* stream(...batches: readonly ChangeBatch<unknown>[]): AsyncGenerator<ChangeBatch<unknown>> {
  yield* batches
}

async function keysOf(batches: AsyncIterable<ChangeBatch<unknown>>): Promise<string[]> {
  const told: string[] = []
  for await (const batch of batches) told.push(batch.event, ...batch.changes.map(({ key }) => key))
  return told
}

const synced: ChangeBatch<unknown> = { event: 'synced', table: 'route', cause: 'dump', changes: [], entries: 1 }
const content: ChangeBatch<unknown> = {
  event: 'change',
  table: 'route',
  cause: 'dump',
  changes: [{ kind: 'added', key: '1', entry: before }],
  entries: 1,
}
const later: ChangeBatch<unknown> = {
  event: 'change',
  table: 'route',
  cause: 'notification',
  changes: [
    { kind: 'added', key: '2', entry: before },
    { kind: 'removed', key: '3', entry: before },
    { kind: 'removed', key: '4', entry: before },
  ],
  entries: 1,
}

terminal('changes are chosen by kind and cause, and counted behind the content', async () => {
  const all = (): AsyncGenerator<ChangeBatch<unknown>> => stream(content, synced, later, later)
  assert.equal(await keysOf(chosenChanges(all(), { kind: 'removed' })), [
    'synced',
    'change',
    '3',
    '4',
    'change',
    '3',
    '4',
  ])
  assert.equal(await keysOf(chosenChanges(all(), { cause: 'dump' })), ['change', '1', 'synced'])
  assert.equal(await keysOf(firstChanges(all(), 2)), ['change', '1', 'synced', 'change', '2', '3'])
  assert.equal(await keysOf(firstChanges(all(), 4)), ['change', '1', 'synced', 'change', '2', '3', '4', 'change', '2'])
  assert.equal(await keysOf(firstChanges(chosenChanges(all(), { kind: 'removed' }), 3)), [
    'synced',
    'change',
    '3',
    '4',
    'change',
    '3',
  ])
})

terminal.run()
