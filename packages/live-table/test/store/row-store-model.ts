import * as assert from 'uvu/assert'
import { Row } from '../../src/store/row.ts'
import { RowStore } from '../../src/store/row-store.ts'

/** What is stored: a key, a slot, and the words of a message. */
export interface Content {
  readonly key: readonly number[]
  readonly slot?: number
  readonly words: readonly number[]
}

export function rowOf(key: readonly number[], words: readonly number[] = []): Row {
  const row = new Row(key.length, Int32Array.from([...key, ...words]))
  row.count = words.length
  row.updateHash()
  return row
}

/** Reads a row back. */
function wordsOf(rows: RowStore, id: number): number[] {
  const { view, start, end } = rows.bytes(id)
  return [...new Int32Array(view.buffer, start, (end - start) / 4)]
}

/** The same as a Map, with ids as they were given. */
export class Model {
  readonly rows: RowStore
  readonly map = new Map<string, { id: number; row: Required<Content> }>()
  readonly #told: boolean

  /** @param told the key stands at the start of the message too, and is not stored */
  constructor(keyWords: number, { told = false } = {}) {
    this.#told = told
    const read = (words: Int32Array, start: number, count: number, out: Int32Array): void => {
      assert.ok(count >= keyWords)
      for (let i = 0; i < keyWords; i++) out[i] = words[start + i]!
    }
    this.rows = new RowStore(keyWords, told ? { read } : undefined)
  }

  put({ key, slot = 0, words }: Content): void {
    const row = { key, slot, words: this.#told ? [...key, ...words] : words }
    const name = `${key.join()} ${slot}`
    const id = this.rows.put(rowOf(key, row.words), slot)
    const known = this.map.get(name)
    if (known !== undefined) assert.is(id, known.id, 'the id of a row stays')
    else {
      assert.not(
        [...this.map.values()].some((other) => other.id === id),
        'an id in use is not given again',
      )
      assert.is(this.rows.mark(id), 0)
    }
    this.map.set(name, { id, row })
  }

  remove(key: readonly number[], slot = 0): void {
    const name = `${key.join()} ${slot}`
    const id = this.rows.find(rowOf(key), slot)
    assert.is(id, this.map.get(name)?.id ?? -1)
    if (id < 0) return
    this.rows.remove(id)
    assert.not(this.rows.has(id))
    this.map.delete(name)
  }

  check(): void {
    assert.is(this.rows.size, this.map.size)
    let present = 0
    for (let id = 0; id < this.rows.idLimit; id++) if (this.rows.has(id)) present++
    assert.is(present, this.map.size)
    for (const { id, row } of this.map.values()) {
      assert.is(this.rows.find(rowOf(row.key), row.slot), id)
      assert.equal(wordsOf(this.rows, id), row.words)
      assert.ok(this.rows.equals(id, rowOf(row.key, row.words)))
      assert.is(this.rows.slot(id), row.slot)
      const key = this.rows.keyOf(id)
      assert.equal([...key.key], row.key)
      assert.is(key.hash, rowOf(row.key).hash)
      const last = row.words.at(-1)
      if (last !== undefined) {
        assert.not(this.rows.equals(id, rowOf(row.key, row.words.with(-1, ~last))))
        assert.not(this.rows.equals(id, rowOf(row.key, row.words.slice(0, -1))))
      }
    }
  }
}
