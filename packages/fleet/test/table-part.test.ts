import { DerivedRows } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogEvent } from '../src/protocol/messages.ts'
import { type FleetEntry, TablePart } from '../src/reader/table-part.ts'

const part = suite('part of a table of a fleet')

const synced = { event: 'synced' } as const
const content = (value: number, cause: 'dump' | 'notification' = 'dump'): LogEvent => ({
  event: 'change',
  cause,
  changes: [{ kind: 'set', key: 'a', entry: { value } }],
})

function made(): { rows: DerivedRows<FleetEntry>; read: TablePart; log: (generation: number, first: number) => void } {
  const rows = new DerivedRows<FleetEntry>({ name: 'item', ref() {}, unref() {} })
  const read = new TablePart(rows, 'n', '')
  /** Reads the log of a generation, from its place in the stream on. */
  const log = (generation: number, first: number): void => {
    const slot = generation % 2 === 1 ? 0 : 1
    if (read.isPast(first)) return
    assert.is(read.apply(slot, first, { epoch: 'e', generation, index: 0 }, content(generation)), 'applied')
    assert.is(read.apply(slot, first + 1, { epoch: 'e', generation, index: 1 }, synced), 'applied')
  }
  return { rows, read, log }
}

part('a log that was left out, and is read after the one that replaced it, changes nothing', () => {
  const { rows, read, log } = made()
  log(1, 10)
  log(3, 30)
  log(2, 20)
  assert.equal([...rows.entries()], [{ node: 'n', netns: '', value: 3 }])
  const next = read.apply(0, 32, { epoch: 'e', generation: 3, index: 2 }, content(4, 'notification'))
  assert.is(next, 'applied')
  assert.equal(
    [...rows.entries()].map(({ value }) => value),
    [4],
  )
})

part('what is missing of a log that is being read is behind its last message', () => {
  const { read, log } = made()
  assert.equal([read.isReading(0), read.isReading(1)], [false, false])
  log(1, 10)
  assert.equal([read.isReading(0), read.isReading(1)], [true, false])
  read.end(0)
  assert.is(read.isReading(0), false)
  assert.is(read.isPast(9), true)
})

part('a log that is read again does not take the rows back: they stay until it is as far as they are', () => {
  const { rows, read, log } = made()
  const values = (): unknown[] => [...rows.entries()].map(({ value }) => value)
  const change = (index: number, value: number): void => {
    const position = { epoch: 'e', generation: 1, index }
    assert.is(read.apply(0, 10 + index, position, content(value, 'notification')), 'applied')
  }
  log(1, 10)
  change(2, 7)
  change(3, 8)
  read.restart()
  assert.is(read.isLost, true)
  log(1, 10)
  assert.equal([values(), read.epoch, read.isLost], [[8], undefined, true])
  change(2, 7)
  assert.equal([values(), read.epoch], [[8], undefined])
  change(3, 8)
  assert.equal([values(), read.epoch, read.isLost], [[8], 'e', false])
  change(4, 9)
  assert.equal(values(), [9])
})

part('what the server has lost of a log for good counts no more', () => {
  const { rows, read, log } = made()
  log(1, 10)
  read.apply(0, 12, { epoch: 'e', generation: 1, index: 2 }, content(7, 'notification'))
  read.restart()
  assert.is(read.takeLess(), false)
  log(1, 10)
  assert.is(read.takeLess(), true)
  assert.equal([[...rows.entries()].map(({ value }) => value), read.isLost], [[1], false])
  read.restart()
  // Another generation, or another start of the publisher, is never behind.
  log(2, 20)
  assert.equal(
    [...rows.entries()].map(({ value }) => value),
    [2],
  )
})

part.run()
