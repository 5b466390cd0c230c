import type { ChangeBatch } from '@rtnl/live-table'
import { NetlinkError } from '@rtnl/netlink-core'
import { ContestedError } from '@rtnl/reconcile'
import { findTable, InterfaceNames } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorLine } from '../src/output/error-line.ts'
import { jsonLines } from '../src/output/json-lines.ts'
import { paints } from '../src/output/paint.ts'
import { printable } from '../src/output/printable.ts'
import { textLines } from '../src/output/text-lines.ts'
import { failureLines } from '../src/sync/failure-lines.ts'
import { operationLine } from '../src/sync/outcome-text.ts'
import { WaitingReport, waitingJson } from '../src/sync/waiting-report.ts'

const tests = suite('names with control characters')

// Moves the cursor, colours, ends the line, turns the direction, and begins a sequence in one character of 8 bits.
const hostile = 'a\x1b[2J\x07\x7f\r\nb\u009b31m\u202ec'
const told = String.raw`a\u001b[2J\u0007\u007f\u000d\u000ab\u009b31m\u202ec`
const names = new InterfaceNames([[5, hostile]])
const entry = { family: 2, scope: 253, protocol: 0, flags: 0, id: 1, oif: 5, gateway: '192.0.2.1' }
const table = findTable('nexthop')

/** Nothing but what people read, and ends of lines. */
function assertPlain(text: string): void {
  assert.not.match(text, /(?!\n)[\p{Cc}\p{Cf}]/u)
  assert.ok(text.includes('u001b'), text)
}

tests('are escaped as in JSON, and other characters are as they are', () => {
  assert.is(printable(hostile), told)
  assert.is(printable('wän0 ☃ 家 \\u001b'), 'wän0 ☃ 家 \\u001b')
  // One beyond the first 65,536, which tags text invisibly.
  assert.is(printable('\u{e0041}'), String.raw`\udb40\udc41`)
})

tests('in the lines of changes, one line each', () => {
  const batch = (kind: 'added' | 'removed'): ChangeBatch<unknown> => ({
    event: 'change',
    table: 'nexthop',
    cause: 'notification',
    changes: [{ kind, key: '1', entry }],
    entries: 1,
  })
  const text = textLines(batch('added'), table, { names, paint: paints(false) })
  assertPlain(text)
  assert.is(text, `+ nexthop id 1 via 192.0.2.1 dev ${told} scope link\n`)
  const named: ChangeBatch<unknown> = {
    ...batch('added'),
    changes: [{ kind: 'added', key: '1', entry: { hostile } }],
  } as never
  const json = jsonLines(named)
  assertPlain(json)
  assert.is(JSON.parse(json).entry.hostile, hostile)
})

tests('in what sync says', () => {
  const text = (): string => hostile
  assertPlain(operationLine({ action: 'replace', entry, old: entry }, text))
  assert.is(operationLine({ action: 'add', entry }, text), `+ ${told}\n`)
  const error = new ContestedError('route', `${hostile} (process 7)`, 250)
  const causes = [{ cause: error.message, count: 2, example: { hostile }, error }]
  for (const line of new WaitingReport(['route', 'routes']).lines(causes)) assertPlain(line)
  const json = waitingJson(causes)
  assertPlain(json)
  assert.is(JSON.parse(json).waiting[0].example.hostile, hostile)
  const refused = new NetlinkError(22, { operation: `add ${hostile}` })
  const failed = Array.from({ length: 25 }, () => ({ action: 'add' as const, entry, error: refused }))
  for (const line of failureLines({ failed, conflicts: [] }, ['route', 'routes'], text))
    assert.not.match(line, /[\p{Cc}]/u)
})

tests('in errors', () => {
  assertPlain(errorLine(new Error(`--dev: there is no interface '${hostile}'`)))
})

tests.run()
