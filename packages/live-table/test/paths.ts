import type { ListEdit, ListRules, LiveTable, TableDefinition } from '@rtnl/live-table'
import { attribute, header, MessageFlag, message, string, u8, u32 } from '@rtnl/netlink-core'
import { answer, FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import * as assert from 'uvu/assert'

/** Routes to a prefix, as far as order matters: the first entry counts, and flags say where a new one goes. */
export const pathMessage = message('path', {
  header: { family: header(u8) },
  attributes: { prefix: attribute(1, u32), via: attribute(2, string(20)) },
})
export type Path = { family: number; prefix?: number; via?: string }
export const group = 7
export const types = { new: 24, delete: 25, get: 26 }
const { CREATE, EXCL, APPEND, REPLACE } = MessageFlag

export const rules: ListRules<Path> = {
  apply(list, { kind, flags, entry }): ListEdit<Path>[] {
    const places = Array.from({ length: list.length }, (_, place) => place)
    const place = places.find((candidate) => list.entry(candidate).via === entry.via)
    if (kind === 'delete') return place === undefined ? [] : [{ edit: 'remove', place }]
    if ((flags & REPLACE) !== 0) return [{ edit: 'replace', place: 0 }]
    return [{ edit: 'insert', place: (flags & APPEND) !== 0 ? list.length : 0 }]
  },
  relative: (flags) => (flags & (EXCL | REPLACE)) === 0,
}

export const definition: TableDefinition<Path> = {
  name: 'path',
  message: pathMessage,
  types,
  groups: [group],
  key: ['prefix'],
  lists: rules,
  keyText: ({ prefix }) => String(prefix),
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
}

/** Lists by prefix, kept as the kernel would, with a notification for each change or without. */
export class PathKernel extends FakeKernel {
  readonly lists = new Map<number, string[]>()

  constructor() {
    super()
    this.on(types.get, () => answer.dump(pathMessage, types.new, this.entries(), { chunk: 2 }))
  }

  entries(): Path[] {
    return [...this.lists].flatMap(([prefix, list]) => list.map((via) => ({ family: 2, prefix, via })))
  }

  add(prefix: number, via: string, how: 'append' | 'prepend' | 'replace', silent = false): void {
    const list = this.lists.get(prefix) ?? []
    if (list.includes(via)) return
    this.lists.set(prefix, list)
    let flags: number
    if (list.length === 0) flags = EXCL | CREATE
    else flags = how === 'replace' ? REPLACE : how === 'append' ? CREATE | APPEND : CREATE
    if (how === 'append') list.push(via)
    else list.splice(0, how === 'replace' ? 1 : 0, via)
    if (!silent) this.notify(group, messageBytes(pathMessage, { type: types.new, flags }, { family: 2, prefix, via }))
  }

  remove(prefix: number, via: string, silent = false): void {
    const list = this.lists.get(prefix)
    const place = list?.indexOf(via) ?? -1
    if (list === undefined || place < 0) return
    list.splice(place, 1)
    if (list.length === 0) this.lists.delete(prefix)
    if (!silent) this.notify(group, messageBytes(pathMessage, { type: types.delete }, { family: 2, prefix, via }))
  }
}

/** Folds the changes of a table by key until it ends. */
export function foldOf(table: LiveTable<Path>): { readonly entries: Map<string, Path>; readonly ended: Promise<void> } {
  const entries = new Map<string, Path>()
  const follow = async (): Promise<void> => {
    for await (const batch of table.changes()) {
      for (const change of batch.changes) {
        if (change.kind === 'added') assert.not(entries.has(change.key), `${change.key} is added twice`)
        else assert.equal(entries.get(change.key), change.kind === 'changed' ? change.old : change.entry)
        if (change.kind === 'removed') entries.delete(change.key)
        else entries.set(change.key, change.entry)
      }
    }
  }
  return { entries, ended: follow() }
}

export const sorted = (entries: Iterable<Path>): string[] =>
  [...entries].map(({ prefix, via }) => `${prefix} ${via}`).sort()
