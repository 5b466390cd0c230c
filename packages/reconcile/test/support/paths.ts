import type { ListEdit, TableDefinition } from '@rtnl/live-table'
import { attribute, Errno, header, MessageFlag, message, string, u8, u32 } from '@rtnl/netlink-core'
import { type Answer, answer, FakeKernel, type FakeRequest, isDump, messageBytes } from '@rtnl/netlink-core/testing'
import type { ReconcileRules, Strategy } from '@rtnl/reconcile'

/**
 * A made-up table that has all that the kernel's have: lists under a key, entries of others, kinds that cannot replace
 * each other, and kinds that the kernel merges.
 */
const pathMessage = message('path', {
  header: { family: header(u8) },
  attributes: {
    prefix: attribute(1, u32),
    via: attribute(2, string(20)),
    owner: attribute(3, u32),
    kind: attribute(4, u32),
    base: attribute(5, u32),
  },
})

export interface Path {
  family: number
  prefix?: number
  via?: string
  owner?: number
  kind?: number
  /** The prefix of a path that this one refers to. */
  base?: number
}

/** - `PLAIN` replaces any but `SOLID`, and is replaced in place
 *  - `SOLID` is only removed and made anew
 *  - `MERGED`: where somebody else has one, nothing can be changed */
export const Kind = { PLAIN: 0, SOLID: 1, MERGED: 2 } as const

/** - `KERNEL`: learned by the kernel itself, which gives way */
export const Owner = { KERNEL: 1, OTHER: 2, OURS: 9 } as const

export const PathType = { NEW: 24, DEL: 25, GET: 26 } as const
export const PATH_GROUP = 7

const { CREATE, EXCL, REPLACE, APPEND } = MessageFlag

export function path(prefix: number, via: string, owner: number = Owner.OURS, kind: number = Kind.PLAIN): Path {
  return { family: 2, prefix, via, owner, kind, ...baseOf(prefix) }
}

/** Even prefixes refer to odd ones. */
function baseOf(prefix: number): { base?: number } {
  return rankOf({ family: 2, prefix }) === 0 ? {} : { base: prefix + 1 }
}

export function samePath(a: Path, b: Path): boolean {
  return a.prefix === b.prefix && a.via === b.via && a.owner === b.owner && (a.kind ?? 0) === (b.kind ?? 0)
}

export const textOf = ({ prefix, via, owner, kind }: Path): string => `${prefix} ${via} ${owner} ${kind ?? 0}`

export const pathDefinition: TableDefinition<Path> = {
  name: 'path',
  message: pathMessage,
  types: { new: PathType.NEW, delete: PathType.DEL, get: PathType.GET },
  groups: [PATH_GROUP],
  key: ['prefix'],
  keyText: ({ prefix }) => `path ${prefix}`,
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
  lists: {
    apply(list, { kind, flags, entry }): ListEdit<Path>[] {
      const places = Array.from({ length: list.length }, (_, place) => place)
      const place = places.find((candidate) => samePath(list.entry(candidate), entry))
      if (kind === 'delete') return place === undefined ? [] : [{ edit: 'remove', place }]
      if ((flags & REPLACE) !== 0) return [{ edit: 'replace', place: 0 }]
      return [{ edit: 'insert', place: (flags & APPEND) !== 0 ? list.length : 0 }]
    },
    relative: (flags) => (flags & EXCL) === 0,
  },
}

function strategy(desired: Path, old: Path, list: readonly Path[]): Strategy | undefined {
  if (list.some(({ owner, kind }) => owner !== Owner.OURS && kind === Kind.MERGED)) return undefined
  if (desired.kind === Kind.SOLID || old.kind === Kind.SOLID) return 'recreate'
  return list[0] === old ? 'replace' : 'makeBeforeBreak'
}

const flagsOf: Record<Strategy, number> = {
  add: CREATE | EXCL,
  replace: CREATE | REPLACE,
  makeBeforeBreak: CREATE | APPEND,
  recreate: CREATE | APPEND,
}

/** 1 for paths that refer to others. */
export const rankOf = ({ prefix = 0 }: Path): number => (prefix % 2 === 0 ? 1 : 0)

export const pathRules: ReconcileRules<Path> = {
  definition: pathDefinition,
  lease: 'paths of ours',
  normalize({ prefix, via = 'nowhere', kind = Kind.PLAIN, owner = Owner.OURS, ...others }) {
    if (prefix === undefined) throw new TypeError('path.prefix: is missing')
    if (owner !== Owner.OURS) throw new RangeError(`path.owner: ${owner} is not ${Owner.OURS}`)
    return { ...others, family: 2, prefix, via: via.toLowerCase(), owner, kind, ...baseOf(prefix) }
  },
  key: pathDefinition.keyText,
  owns: ({ owner }) => owner === Owner.OURS,
  same: samePath,
  preemptible: ({ owner }) => owner === Owner.KERNEL,
  strategy,
  refersBy: ['base'],
  flags: flagsOf,
  deleteKey: (entry) => entry,
  describe: ({ prefix }) => `path ${prefix}`,
  missing: [Errno.ESRCH],
}

type Lists = Map<number, Path[]>

/** What a request makes of the lists; the errno of a refusal, or the flags of the notification, if there is one. */
export function carryOut(
  lists: Lists,
  type: number,
  flags: number,
  entry: Path,
): { errno: number } | { told?: number } {
  const { prefix = 0 } = entry
  const list = lists.get(prefix) ?? []
  if (type === PathType.DEL) {
    const place = list.findIndex((other) => samePath(other, entry))
    if (place < 0) return { errno: Errno.ESRCH }
    list.splice(place, 1)
    if (list.length === 0) lists.delete(prefix)
    return { told: 0 }
  }
  if (list.length > 0 && (flags & EXCL) !== 0) return { errno: Errno.EEXIST }
  const place = list.findIndex((other) => samePath(other, entry))
  if (place === 0 && (flags & REPLACE) !== 0) return {}
  if (place >= 0) return { errno: Errno.EEXIST }
  const empty = list.length === 0
  lists.set(prefix, list)
  if ((flags & REPLACE) !== 0) list.splice(0, 1, entry)
  else if ((flags & APPEND) !== 0) list.push(entry)
  else list.unshift(entry)
  return { told: empty ? EXCL | CREATE : flags }
}

/** A kernel with such a table. It notes each request to change it. */
export class PathKernel extends FakeKernel {
  readonly lists: Lists = new Map()
  /** `add 3 via a`, `remove 3 via a`, ...: each request to change the table, carried out or not. */
  readonly log: string[] = []
  /** Refuses a request, or acknowledges it and does nothing, unless `undefined`. */
  refuses: (entry: Path, type: number) => Answer | undefined = () => undefined
  /** Called after a request was carried out. */
  did: (entry: Path, type: number) => void = () => {}

  constructor(entries: Iterable<Path> = []) {
    super()
    for (const entry of entries) {
      const { prefix = 0 } = entry
      this.lists.set(prefix, [...(this.lists.get(prefix) ?? []), entry])
    }
    for (const type of Object.values(PathType)) this.on(type, (asked) => this.#answer(asked))
  }

  get entries(): Path[] {
    return [...this.lists.values()].flat()
  }

  /** In the order of prefixes; within one, of the kernel. */
  get texts(): string[] {
    return textsOf(this.entries)
  }

  /** Somebody else does something. @param flags `CREATE | REPLACE` unless told */
  put(entry: Path, flags: number = CREATE | REPLACE): void {
    this.#change(PathType.NEW, flags, entry)
  }

  take(entry: Path): void {
    this.#change(PathType.DEL, 0, entry)
  }

  #answer(asked: FakeRequest): Answer {
    if (isDump(asked)) return answer.dump(pathMessage, PathType.NEW, this.entries)
    const entry = asked.decode(pathMessage) as Path
    const verb = asked.type === PathType.DEL ? 'remove' : (asked.flags & REPLACE) !== 0 ? 'replace' : 'add'
    this.log.push(`${verb} ${entry.prefix} via ${entry.via}`)
    const refusal = this.refuses(entry, asked.type)
    if (refusal !== undefined) return refusal
    const errno = this.#change(asked.type, asked.flags, entry)
    if (errno === 0) this.did(entry, asked.type)
    return errno === 0 ? answer.ack() : answer.error(errno)
  }

  #change(type: number, flags: number, entry: Path): number {
    const result = carryOut(this.lists, type, flags, entry)
    if ('errno' in result) return result.errno
    if (result.told !== undefined) {
      this.notify(PATH_GROUP, messageBytes(pathMessage, { type, flags: result.told }, entry))
    }
    return 0
  }
}

/** Texts of entries, in the order of prefixes. */
export function textsOf(entries: Iterable<Path>): string[] {
  return [...entries].sort((a, b) => (a.prefix ?? 0) - (b.prefix ?? 0)).map(textOf)
}

/** Writes an entry into lists as the rules say. @returns whether it was possible */
export function write(lists: Lists, entry: Path, how: Strategy): boolean {
  return !('errno' in carryOut(lists, PathType.NEW, flagsOf[how], entry))
}

/** Removes an entry from lists as the rules say. @returns whether it was possible */
export function erase(lists: Lists, entry: Path): boolean {
  return !('errno' in carryOut(lists, PathType.DEL, 0, pathRules.deleteKey(entry) as Path))
}
