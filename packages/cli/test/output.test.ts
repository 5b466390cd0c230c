import type { ChangeBatch } from '@rtnl/live-table'
import { findTable, InterfaceNames } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorLine } from '../src/output/error-line.ts'
import { jsonLines } from '../src/output/json-lines.ts'
import { isColorful, paints } from '../src/output/paint.ts'
import { textLines } from '../src/output/text-lines.ts'
import { fold } from './support/watching.ts'

const output = suite('output')

const before = { family: 2, scope: 253, protocol: 0, flags: 0, id: 1, fdb: true, gateway: '192.0.2.1' }
const after = { ...before, gateway: '192.0.2.9' }
const changes = [
  { kind: 'added', key: '1', entry: before },
  { kind: 'changed', key: '1', entry: after, old: before },
  { kind: 'removed', key: '1', entry: after },
] as const
const table = 'nexthop'
const changeBatch: ChangeBatch<unknown> = { event: 'change', table, cause: 'notification', changes, entries: 0 }
const synced: ChangeBatch<unknown> = { event: 'synced', table, cause: 'dump', changes: [], entries: 12 }
const lost: ChangeBatch<unknown> = {
  event: 'resync',
  table,
  cause: 'resync',
  changes: [],
  entries: 1,
  reason: 'overrun',
}
const settled: ChangeBatch<unknown> = { ...lost, cause: 'inferred', reason: 'link' }
const cut: ChangeBatch<unknown> = { ...lost, event: 'incomplete', cause: 'resync', reason: 'all behind 7' }

output('JSON: one object a line, fields in the documented order', () => {
  const old = '{"family":2,"scope":253,"protocol":0,"flags":0,"id":1,"fdb":true,"gateway":"192.0.2.1"}'
  const entry = old.replace('2.1"', '2.9"')
  const head = '{"event":"change","table":"nexthop","kind"'
  assert.is(
    jsonLines(changeBatch),
    `${head}:"added","cause":"notification","key":"1","entry":${old}}\n` +
      `${head}:"changed","cause":"notification","key":"1","entry":${entry},"old":${old}}\n` +
      `${head}:"removed","cause":"notification","key":"1","entry":${entry}}\n`,
  )
  assert.is(jsonLines(synced), '{"event":"synced","table":"nexthop","entries":12}\n')
  assert.is(jsonLines(lost), '{"event":"resync","table":"nexthop","reason":"overrun","entries":1}\n')
  assert.is(jsonLines(cut), '{"event":"incomplete","table":"nexthop","reason":"all behind 7","entries":1}\n')
})

output('JSON: folding the lines by key gives the table', () => {
  const lines = jsonLines(changeBatch).trimEnd().split('\n')
  const folded = (count: number) => [...fold(lines.slice(0, count).map((line) => JSON.parse(line))).values()]
  assert.equal(folded(1), [before])
  assert.equal(folded(2), [after])
  assert.equal(folded(3), [])
})

output('text: a sign, the words of ip, and the cause where it is no notification', () => {
  const style = { names: new InterfaceNames(), paint: paints(false) }
  const text = (batch: ChangeBatch<unknown>) => textLines(batch, findTable('nexthop'), style)
  assert.is(
    text(changeBatch),
    '+ nexthop id 1 via 192.0.2.1 scope link fdb\n' +
      '~ nexthop id 1 via 192.0.2.9 scope link fdb (was id 1 via 192.0.2.1 scope link fdb)\n' +
      '- nexthop id 1 via 192.0.2.9 scope link fdb\n',
  )
  for (const cause of ['inferred', 'resync'] as const) {
    const batch: ChangeBatch<unknown> = { ...changeBatch, cause, changes: [changes[2]] }
    assert.is(text(batch), `- nexthop id 1 via 192.0.2.9 scope link fdb [${cause}]\n`)
  }
  assert.is(text(synced), '= nexthop: 12 entries\n')
  assert.is(text(lost), '= nexthop: read again (overrun): 1 entry\n')
  assert.is(text(settled), '')
  assert.is(text(cut), '= nexthop: incomplete: all behind 7: 1 entry\n')
})

output('colours only on a terminal, and not where NO_COLOR is set', () => {
  const { NO_COLOR, TERM } = process.env
  try {
    delete process.env.NO_COLOR
    process.env.TERM = 'xterm'
    assert.is(isColorful({ isTTY: true }), true)
    assert.is(isColorful({}), false)
    process.env.NO_COLOR = '1'
    assert.is(isColorful({ isTTY: true }), false)
  } finally {
    if (NO_COLOR === undefined) delete process.env.NO_COLOR
    else process.env.NO_COLOR = NO_COLOR
    if (TERM === undefined) delete process.env.TERM
    else process.env.TERM = TERM
  }
  assert.is(paints(true).added('x'), '\x1b[32mx\x1b[39m')
  assert.is(paints(false).added('x'), 'x')
})

output('an error is one line', () => {
  assert.is(errorLine(new Error('first\n  second\n')), 'rtnl: first second')
  assert.is(errorLine('text'), 'rtnl: text')
})

output.run()
