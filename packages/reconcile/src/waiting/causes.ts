import { Errno, NetlinkError } from '@rtnl/netlink-core'
import { WaitingError } from '../errors.ts'
import type { Need } from './dependency.ts'

/** Why entries are not in the kernel as desired: the same reason of however many entries is one cause. */
export interface Cause<Entry> {
  /** A text for people: `link v0, which is down`, or the kernel's error. */
  readonly cause: string
  /** Entries that wait for this. */
  readonly count: number
  /** One of them. */
  readonly example: Entry
  /** What happened when that one was tried. */
  readonly error: Error
  /** The entries are in the kernel in part: multipath routes and groups without the parts that cannot be used. */
  readonly partial: boolean
}

interface Member<Entry> {
  readonly name: string
  readonly entry: Entry
  readonly error: Error
}

/** What a key waits for: a need that is not met, or what the kernel, or the other program, says. */
export type Reason = { readonly need: Need } | { readonly text: string }

/** Counts entries by the reason why they are not in the kernel. */
export class Causes<Entry> {
  readonly #members = new Map<string, Member<Entry>>()
  /** By the name of a cause the keys of its entries. */
  readonly #causes = new Map<
    string,
    { readonly reason: Reason; readonly partial: boolean; readonly keys: Set<string> }
  >()
  /** Grows with every change. */
  version = 0

  set(key: string, reason: Reason, partial: boolean, entry: Entry, error: Error): void {
    const name = `${partial ? 'partial' : 'whole'} ${'need' in reason ? reason.need : reason.text}`
    if (this.#members.get(key)?.name !== name) {
      this.delete(key)
      const cause = this.#causes.get(name)
      if (cause === undefined) this.#causes.set(name, { reason, partial, keys: new Set([key]) })
      else cause.keys.add(key)
      this.version++
    }
    this.#members.set(key, { name, entry, error })
  }

  delete(key: string): void {
    const member = this.#members.get(key)
    if (member === undefined) return
    this.#members.delete(key)
    const cause = this.#causes.get(member.name)
    cause?.keys.delete(key)
    if (cause?.keys.size === 0) this.#causes.delete(member.name)
    this.version++
  }

  /** What happened when the entry of a key was tried, where that is in a cause. */
  errorOf(key: string): Error | undefined {
    return this.#members.get(key)?.error
  }

  /**
   * @param describe returns a text for a need; `undefined` for a need that is not listed
   * @param waits returns, of the keys of a need, those that still wait for it
   */
  list(
    describe: (need: Need) => string | undefined,
    waits: (need: Need, keys: ReadonlySet<string>) => ReadonlySet<string>,
  ): Cause<Entry>[] {
    return [...this.#causes.values()].flatMap(({ reason, partial, keys: all }) => {
      const keys = 'need' in reason ? waits(reason.need, all) : all
      const [key] = keys
      const member = key === undefined ? undefined : this.#members.get(key)
      const text = 'need' in reason ? describe(reason.need) : reason.text
      if (member === undefined || text === undefined) return []
      const { entry: example, error } = member
      return [{ cause: text, count: keys.size, example, error, partial }]
    })
  }
}

/**
 * Why the kernel does not hold an entry as desired.
 * @param unmet the first of its needs that is known not to be met
 */
export function reasonOf(error: Error, unmet: Need | undefined, needs: readonly Need[]): Reason {
  if (unmet !== undefined) return { need: unmet }
  if (error instanceof WaitingError) return { need: error.need }
  if (!(error instanceof NetlinkError)) return { text: 'code' in error ? textOf(error) : error.message }
  const gateway = needs.find((need) => need.startsWith('gateway '))
  const unreachable = error.errno === Errno.ENETUNREACH || error.errno === Errno.EHOSTUNREACH
  if (unreachable && gateway !== undefined) return { need: gateway }
  return { text: error.message.slice(error.operation.length + 2) }
}

/** The same for all entries: what stands behind the entry in the message. */
function textOf({ message }: Error): string {
  return message.replace(/^.*?: /, '')
}
