import { MessageFlag } from '@rtnl/netlink-core'
import type { Choices } from './choices.ts'
import type { Change, ScheduledKernel } from './kernel.ts'
import { Kind, Owner, PathTable, PathType, path } from './paths.ts'
import { ownerDefinition, type Thing, ThingTable, thingDefinitions, type Walk } from './things.ts'

const { CREATE, EXCL, REPLACE, APPEND } = MessageFlag
/** Prefixes and ids are few, so that what happens concerns the same ones. */
export const mostPrefixes = 6
const mostThings = 9
const mostOwners = 3
const labels = ['a', 'b', 'c'] as const

/** What other programs and the kernel itself do to its tables. */
export class KernelOperations {
  readonly things: ThingTable
  readonly owners: ThingTable
  readonly paths: PathTable
  readonly #kernel: ScheduledKernel
  readonly #choices: Choices

  constructor(kernel: ScheduledKernel, choices: Choices, now: () => number) {
    this.#kernel = kernel
    this.#choices = choices
    const walk = choices.operations.pick<Walk>(['byKey', 'counted', 'places'])
    this.things = new ThingTable(kernel, thingDefinitions[walk], walk, now)
    this.owners = new ThingTable(kernel, ownerDefinition, 'byKey', now)
    this.paths = new PathTable(kernel)
    const { operations } = choices
    for (let id = 1; id <= operations.below(mostThings + 1); id++) this.things.set(this.#thing(id))
    for (let id = 1; id <= mostOwners; id++) this.owners.set(this.#owner(id))
    for (let count = operations.below(6); count > 0; count--) {
      // A generator does nothing before it is read.
      for (const _step of this.paths.carryOut(PathType.NEW, CREATE, this.#path()));
    }
  }

  operate(): void {
    this.#kernel.begin(this.#change())
  }

  #change(): Change {
    const { operations } = this.#choices
    const kind = operations.next()
    if (kind < 0.25) return this.things.put(this.#thing(1 + operations.below(mostThings)))
    if (kind < 0.4) return this.things.delete(1 + operations.below(mostThings), operations.chance(0.5))
    if (kind < 0.45) return this.#announceAgain()
    if (kind < 0.55) return this.#ownerChanges()
    if (kind < 0.65) return this.#bell()
    if (kind < 0.85) return this.paths.carryOut(PathType.NEW, this.#flags(), this.#path())
    return this.#removePath()
  }

  #thing(id: number): Thing {
    const { operations } = this.#choices
    return { family: 0, port: 0, id, owner: 1 + operations.below(mostOwners), label: operations.pick(labels) }
  }

  #owner(id: number): Thing {
    return { family: 0, port: 0, id, label: String(this.#choices.operations.below(100)) }
  }

  #path() {
    const { operations } = this.#choices
    const owner = operations.pick([Owner.OURS, Owner.OTHER, Owner.KERNEL])
    const kind = operations.pick([Kind.PLAIN, Kind.PLAIN, Kind.PLAIN, Kind.SOLID, Kind.MERGED])
    return path(1 + operations.below(mostPrefixes), operations.pick(labels), owner, kind)
  }

  #flags(): number {
    return this.#choices.operations.pick([CREATE | EXCL, CREATE | APPEND, CREATE | REPLACE, CREATE])
  }

  *#removePath(): Change {
    const entry = this.#choices.operations.pick(this.paths.entries)
    return entry === undefined ? 0 : yield* this.paths.carryOut(PathType.DEL, 0, entry)
  }

  /** The kernel may say again what an entry is. */
  *#announceAgain(): Change {
    const entry = this.#choices.operations.pick([...this.things.entries.values()])
    yield
    if (entry !== undefined && this.things.entries.get(entry.id!) === entry) {
      this.things.announce(this.things.types.new, entry)
    }
    return 0
  }

  /** The kernel announces the owner first, then changes its things in silence. */
  *#ownerChanges(): Change {
    const { operations } = this.#choices
    const id = 1 + operations.below(mostOwners)
    if (operations.chance(0.3)) {
      const errno = yield* this.owners.delete(id, operations.chance(0.5))
      if (errno !== 0) return errno
    } else yield* this.owners.put(this.#owner(id))
    yield
    this.#changeSilently(id)
    return 0
  }

  #bell(): Change {
    const owner = 1 + this.#choices.operations.below(mostOwners)
    return this.things.ring(owner, () => this.#changeSilently(owner))
  }

  #changeSilently(owner: number): void {
    const { operations } = this.#choices
    for (const entry of [...this.things.entries.values()]) {
      if (entry.owner !== owner) continue
      if (operations.chance(0.5)) this.things.remove(entry.id!)
      else this.things.set({ ...entry, label: operations.pick(labels) })
    }
    const id = 1 + operations.below(mostThings)
    if (!this.things.entries.has(id)) this.things.set({ ...this.#thing(id), owner })
  }
}
