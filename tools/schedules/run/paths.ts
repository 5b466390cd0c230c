import type { ListEdit, ListRules, TableDefinition } from '@rtnl/live-table'
import { Errno, MessageFlag } from '@rtnl/netlink-core'
import { type FakeRequest, messageBytes } from '@rtnl/netlink-core/testing'
import type { ReconcileRules } from '@rtnl/reconcile'
import {
  carryOut,
  PATH_GROUP,
  type Path,
  PathType,
  samePath,
  pathDefinition as testDefinition,
  pathRules as testRules,
  textOf,
  textsOf,
} from '../../../packages/reconcile/test/support/paths.ts'
import { joined } from './joined.ts'
import type { Change, DumpCursor, KernelTable, ScheduledKernel } from './kernel.ts'

export { Kind, Owner, type Path, PathType, path, textOf } from '../../../packages/reconcile/test/support/paths.ts'

const { EXCL, REPLACE, APPEND } = MessageFlag
const whole: ListEdit<Path> = { edit: 'invalidate', partitions: testDefinition.partitions }

/** What a notification does to a list: as with IPv4 routes, a message that does not fit makes the table invalid. */
const lists: ListRules<Path> = {
  apply(list, { kind, flags, entry, isExact }): ListEdit<Path>[] {
    const places = Array.from({ length: list.length }, (_, place) => place)
    const known = places.find((place) => samePath(list.entry(place), entry))
    const removal: ListEdit<Path>[] = known === undefined ? [] : [{ edit: 'remove', place: known }]
    if (kind === 'delete') return known === undefined ? [whole] : removal
    if ((flags & EXCL) !== 0) {
      const others = places.slice(1).reverse()
      return [...others.map((place) => ({ edit: 'remove' as const, place })), { edit: 'replace', place: 0 }]
    }
    if ((flags & REPLACE) !== 0) {
      return [{ edit: 'replace', place: 0 }, ...(isExact || list.length === 1 ? [] : [whole])]
    }
    return [...removal, { edit: 'insert', place: (flags & APPEND) !== 0 ? list.length - removal.length : 0 }]
  },
  relative: (flags) => (flags & EXCL) === 0,
}

export const pathDefinition: TableDefinition<Path> = { ...testDefinition, lists }
export const pathRules: ReconcileRules<Path> = { ...testRules, definition: pathDefinition }

/** A table of the kernel whose keys name ordered lists. */
export class PathTable implements KernelTable {
  readonly types = pathDefinition.types
  readonly lists = new Map<number, Path[]>()
  readonly #kernel: ScheduledKernel

  constructor(kernel: ScheduledKernel) {
    this.#kernel = kernel
    kernel.tables.push(this)
  }

  get entries(): Path[] {
    return [...this.lists.keys()].sort((a, b) => a - b).flatMap((prefix) => this.lists.get(prefix) ?? [])
  }

  get texts(): string[] {
    return textsOf(this.entries)
  }

  change(request: FakeRequest): Change {
    return this.carryOut(request.type, request.flags, request.decode(pathDefinition.message))
  }

  /** Of an entry that is removed the kernel says so before, of others afterwards. */
  *carryOut(type: number, flags: number, entry: Path): Change {
    if (type === PathType.DEL) {
      if (!(this.lists.get(entry.prefix ?? 0) ?? []).some((other) => samePath(other, entry))) return Errno.ESRCH
      this.#announce(type, 0, entry)
      yield
      carryOut(this.lists, type, flags, entry)
      this.#kernel.note(`paths: ${this.texts}`)
      return 0
    }
    this.#kernel.note(`asked to write ${textOf(entry)} with the flags ${flags}`)
    const result = carryOut(this.lists, type, flags, entry)
    this.#kernel.note(`paths: ${this.texts}`)
    yield
    if ('errno' in result) return result.errno
    if (result.told !== undefined) this.#announce(type, result.told, entry)
    return 0
  }

  /** Lists in the order of prefixes, each as it is when it is shown. */
  dump(): DumpCursor {
    const { lists } = this
    let shown = -1
    return {
      interrupted: false,
      next(flags, { seq, portId }) {
        const prefix = Math.min(...[...lists.keys()].filter((candidate) => candidate > shown))
        shown = prefix
        const header = { type: PathType.NEW, flags, seq, pid: portId }
        const list = lists.get(prefix)
        return list && joined(list.map((entry) => messageBytes(pathDefinition.message, header, entry)))
      },
    }
  }

  #announce(type: number, flags: number, entry: Path): void {
    this.#kernel.notify(
      PATH_GROUP,
      messageBytes(pathDefinition.message, { type, flags }, entry),
      `${type} ${flags}: ${textOf(entry)}`,
    )
  }
}
