import { onMessage, onTable, type Partition, type TableDefinition } from '@rtnl/live-table'
import { Errno, MessageFlag } from '@rtnl/netlink-core'
import { type FakeRequest, messageBytes } from '@rtnl/netlink-core/testing'
import { type Thing, thingDefinition, thingMessage } from '../../../packages/notifier/test/things.ts'
import type { Change, DumpCursor, KernelTable, ScheduledKernel } from './kernel.ts'

export type { Thing }

const ownerGroup = 20
const bellGroup = 21
const bell = 60

const ofOwner = (owner: number | undefined): Partition<Thing> => ({
  name: `owner ${owner}`,
  request: { owner: owner ?? 0 },
  contains: (entry) => entry.owner === owner,
})

export const ownerDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  name: 'owner',
  types: { new: 52, delete: 53, get: 54 },
  groups: [ownerGroup],
}

/** Things that change in silence when their owner changes, and after a bell. */
const owned: TableDefinition<Thing> = {
  ...thingDefinition,
  triggers: [
    onTable<Thing, Thing>(ownerDefinition, 'owner', (old, next) => [ofOwner((next ?? old)?.id)]),
    onMessage<Thing>({
      reason: 'bell',
      groups: [bellGroup],
      types: [bell],
      invalidates: ({ view, body, end }) => [ofOwner(thingMessage.decode(view, body, end).owner)],
    }),
  ],
}

/**
 * How the kernel goes through a table in a dump.
 * - `byKey`: it goes on behind the key that it showed last
 * - `counted`: by places, and it says when the table has changed
 * - `places`: by places, and it says nothing
 */
export type Walk = 'byKey' | 'counted' | 'places'

/** One for each walk, made once, since tables share what they have by the definition. */
export const thingDefinitions: Readonly<Record<Walk, TableDefinition<Thing>>> = {
  byKey: owned,
  counted: { ...owned },
  places: { ...owned, dumps: 'racy' },
}

export const textOfThing = ({ id, owner, label }: Thing): string => `${id} of ${owner}: ${label}`

/** What a key was, since when. */
interface Moment {
  readonly step: number
  readonly text: string | undefined
}

/** A table of the kernel whose entries have keys. It remembers what each of them was and when. */
export class ThingTable implements KernelTable {
  readonly definition: TableDefinition<Thing>
  readonly entries = new Map<number, Thing>()
  readonly history = new Map<number, Moment[]>()
  readonly #kernel: ScheduledKernel
  readonly #walk: Walk
  readonly #now: () => number
  #generation = 0

  constructor(kernel: ScheduledKernel, definition: TableDefinition<Thing>, walk: Walk, now: () => number) {
    this.#kernel = kernel
    this.definition = definition
    this.#walk = walk
    this.#now = now
    kernel.tables.push(this)
  }

  get types(): TableDefinition<Thing>['types'] {
    return this.definition.types
  }

  get texts(): string[] {
    return [...this.entries.values()].map(textOfThing).sort()
  }

  set(entry: Thing): void {
    this.entries.set(entry.id!, entry)
    this.#remember(entry.id!, textOfThing(entry))
  }

  remove(id: number): void {
    if (this.entries.delete(id)) this.#remember(id, undefined)
  }

  announce(type: number, entry: Thing): void {
    this.#kernel.notify(
      this.definition.groups[0]!,
      messageBytes(thingMessage, { type }, entry),
      `${type}: ${textOfThing(entry)}`,
    )
  }

  /** The table has the entry before the kernel says so. */
  *put(entry: Thing): Change {
    this.set(entry)
    yield
    this.announce(this.types.new, entry)
    return 0
  }

  /** @param early the kernel says so before the entry is gone */
  *delete(id: number, early: boolean): Change {
    const entry = this.entries.get(id)
    if (entry === undefined) return Errno.ENOENT
    if (early) {
      // The table may be ahead of the kernel.
      this.#remember(id, undefined)
      this.announce(this.types.delete, entry)
    } else this.remove(id)
    yield
    if (early) this.remove(id)
    else this.announce(this.types.delete, entry)
    return 0
  }

  /** Changes in silence, after a message that is no table's. */
  *ring(owner: number, silently: () => void): Change {
    const bytes = messageBytes(thingMessage, { type: bell }, { owner })
    this.#kernel.notify(bellGroup, bytes, `bell ${owner}`)
    yield
    silently()
    return 0
  }

  *change(): Change {
    yield
    return Errno.EOPNOTSUPP
  }

  dump(request: FakeRequest): DumpCursor {
    const { owner } = request.decode(thingMessage)
    const begun = this.#generation
    const isInterrupted = (): boolean => this.#walk === 'counted' && this.#generation !== begun
    const entryFrom = (key: number, at: number): Thing | undefined =>
      this.#walk === 'byKey' ? this.#behind(key) : [...this.entries.values()][at]
    const { new: type } = this.types
    let lastKey = -1
    let place = 0
    return {
      get interrupted() {
        return isInterrupted()
      },
      next(flags, { seq, portId }) {
        while (true) {
          const entry = entryFrom(lastKey, place++)
          if (entry === undefined) return undefined
          lastKey = entry.id!
          if (owner !== undefined && entry.owner !== owner) continue
          return messageBytes(thingMessage, { type, flags: flags | MessageFlag.MULTI, seq, pid: portId }, entry)
        }
      },
    }
  }

  #behind(key: number): Thing | undefined {
    let next: Thing | undefined
    for (const entry of this.entries.values()) {
      if (entry.id! > key && (next === undefined || entry.id! < next.id!)) next = entry
    }
    return next
  }

  #remember(id: number, text: string | undefined): void {
    this.#generation++
    this.#kernel.note(`thing ${id} of table ${this.types.get} is ${text}`)
    const moments = this.history.get(id)
    const moment = { step: this.#now(), text }
    if (moments === undefined) this.history.set(id, [{ step: -1, text: undefined }, moment])
    else moments.push(moment)
  }

  /** What is wrong with a table that shows everything from before a step: `undefined` if nothing is. */
  staleSince(step: number, shown: Iterable<Thing>): string | undefined {
    const byId = new Map([...shown].map((entry) => [entry.id!, textOfThing(entry)]))
    for (const id of byId.keys()) if (!this.history.has(id)) return `${byId.get(id)} was never there`
    for (const [id, moments] of this.history) {
      const text = byId.get(id)
      const before = moments.findLast((moment) => moment.step < step)
      if (before?.text === text || moments.some((moment) => moment.step >= step && moment.text === text)) continue
      return `thing ${id} is ${text ?? 'absent'}, which it was not since step ${step}: it was ${before?.text ?? 'absent'}`
    }
    return undefined
  }
}
