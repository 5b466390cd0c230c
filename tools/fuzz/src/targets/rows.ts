import type { TableDefinition } from '@rtnl/live-table'
import { EntryRows, type Row } from '@rtnl/live-table/internal'
import { DecodeError, type MessageCursor, messageHeaderLength } from '@rtnl/netlink-core'
import { attributesOffset } from '../../../../packages/netlink-core/src/codec/plan.ts'
import { tables } from '../declared.ts'
import { seeds } from '../seeds.ts'
import { Broken, everywhere, outcome, type Placed } from '../surroundings.ts'
import { messageOf, readInput, type Target, writeInput } from '../target.ts'

/** Entries of a message that are looked at: a range may stand for millions. */
const mostEntries = 50

type Definition = TableDefinition<unknown>

function cursorOf({ types }: Definition, flags: number, { view, words, start, end }: Placed): MessageCursor {
  const type = (flags & 1) === 0 ? types.new : types.delete
  return { view, words, type, flags: 0, seq: 0, pid: flags & 2, start: start - messageHeaderLength, body: start, end }
}

/** What a table asks of a message before it reads it. What a function throws means that the message is malformed. */
function asked(definition: Definition, cursor: MessageCursor): string {
  const { accept, filter, partitions } = definition
  const answers = [outcome(() => accept?.(cursor)), outcome(() => filter?.(cursor))]
  for (const { affectedBy, skips, until } of partitions) {
    answers.push(
      outcome(() => affectedBy?.(cursor)),
      outcome(() => skips?.(cursor)),
      outcome(() => until?.(cursor)),
    )
  }
  return answers.join('\n')
}

function contentOf(row: Row): string {
  return `${row.key.join()} ${row.words.subarray(row.keyWords, row.keyWords + row.count).join()}`
}

/** What a reader makes of a message. */
function read(
  rows: EntryRows<unknown>,
  engine: 'compiled' | 'interpreted',
  { view, words, start, end }: Placed,
): string {
  const row = rows.newRow()
  try {
    if (engine === 'compiled') rows.layout.compiled()(view, words, start, end, row)
    else rows.layout.interpret(view, words, start, end, row)
    return contentOf(row)
  } catch (error) {
    if (error instanceof DecodeError) return String(error)
    throw new Broken(`${rows.definition.name}: the ${engine} reader throws ${String(error)}`, { cause: error })
  }
}

/** Reads a row and compares what it is decoded to with what the message is decoded to. */
function checkDecoded(rows: EntryRows<unknown>, { view, words, start, end }: Placed): void {
  const { message } = rows.definition
  const decoded = outcome(() => message.decode(view, start, end))
  const row = rows.newRow()
  try {
    rows.layout.interpret(view, words, start, end, row)
  } catch {
    return
  }
  const fromRow = outcome(() => message.decode(row.view, row.start, row.end))
  if (fromRow !== decoded) throw new Broken(`${message.name}: the row says\n${fromRow}\nand the message\n${decoded}`)
}

/** Stores a row and reads it back. @returns its id and its words */
function store(rows: EntryRows<unknown>, row: Row): { readonly id: number; readonly words: string } {
  row.updateHash()
  return { id: rows.store.put(row), words: wordsOf(row.words, row.keyWords, row.count) }
}

function wordsOf(words: Int32Array, start: number, count: number): string {
  return words.subarray(start, start + count).join()
}

/** Puts rows in a store and takes them out: each stays as it is, whatever happens to the others. */
function checkStored(definition: Definition, bodies: readonly Uint8Array[]): void {
  const rows = new EntryRows(definition)
  const kept = new Map<number, string>()
  for (const body of bodies) {
    everywhere(body, 'the entries', (place) => {
      let entries = 0
      for (const row of rowsOf(rows, cursorOf(definition, 0, place))) {
        const { id, words } = store(rows, row)
        kept.set(id, words)
        entries++
      }
      return String(entries)
    })
    for (const [id, words] of kept) {
      const { store } = rows
      if (wordsOf(store.words(id), store.start(id), store.count(id)) !== words)
        throw new Broken(`row ${id} has changed`)
      if (
        !rows.isEquivalent(id, rows, id) &&
        definition.message.set.plan.attributes.every(({ repeated }) => !repeated)
      ) {
        outcome(() => rows.entry(id))
      }
      const entry = rows.entry(id)
      outcome(() => definition.keyText(entry))
      for (const { contains, containsRow } of definition.partitions) {
        contains?.(entry)
        containsRow?.(store.bytes(id))
      }
    }
  }
  for (const id of kept.keys()) {
    rows.delete(id)
    kept.delete(id)
    for (const [other, words] of kept) {
      const { store } = rows
      if (wordsOf(store.words(other), store.start(other), store.count(other)) !== words) {
        throw new Broken(`row ${other} changes when row ${id} is removed`)
      }
    }
  }
  if (rows.store.size !== 0) throw new Broken(`${rows.store.size} rows are left`)
}

/** The rows of a message as a table takes them. */
function* rowsOf(rows: EntryRows<unknown>, cursor: MessageCursor): Generator<Row> {
  const { entries } = rows.definition
  const row = rows.newRow()
  try {
    if (entries === undefined) {
      if (rows.take(cursor, row)) yield row
      return
    }
    let count = 0
    for (const entry of entries(cursor)) {
      if (rows.takeEntry(entry as object, row)) yield row
      if (++count === mostEntries) return
    }
  } catch (error) {
    // An entry that does not fit the row of its table is malformed too.
    if (error instanceof DecodeError || error instanceof RangeError) return
    throw error
  }
}

export const rows: Target = {
  name: 'rows',
  isAsync: false,
  promise: 'tables ask, read, pack, store and remove rows of any bytes the same way wherever these lie',
  sources: [
    'live-table/src/store',
    '*/src/definition.ts',
    '*/src/row.ts',
    'bridge/src',
    'neighbor/src/fdb',
    'route/src/partitions.ts',
  ],
  *seeds() {
    for (const [choice, { definition }] of tables.entries()) {
      for (const { type, body } of seeds()) {
        if (type >> 2 !== definition.types.new >> 2) continue
        yield writeInput({ choice, flags: 0, script: new Uint8Array(0), message: body })
      }
    }
  },
  run(bytes) {
    const input = readInput(bytes)
    const { definition } = tables[input.choice % tables.length]!
    const { message } = definition
    const rows = new EntryRows(definition)
    const offset = attributesOffset((definition.wire ?? message).set.plan)
    const body = messageOf(input, offset)
    // As the reflector does: without a header it asks nothing.
    const isAsked = body.length >= (definition.wire ?? message).set.plan.headerSize
    if (isAsked)
      everywhere(body, 'what a table asks', (place) => asked(definition, cursorOf(definition, input.flags, place)))
    const compiled = everywhere(body, 'the compiled reader', (place) => read(rows, 'compiled', place))
    const interpreted = everywhere(body, 'the interpreted reader', (place) => read(rows, 'interpreted', place))
    if (compiled !== interpreted) throw new Broken(`${message.name}: readers differ:\n${compiled}\n${interpreted}`)
    everywhere(body, 'a row', (place) => {
      checkDecoded(rows, place)
      return ''
    })
    checkStored(definition, [input.message, body])
  },
}
