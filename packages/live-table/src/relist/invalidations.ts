import type { Cause } from '../changes/change.ts'
import type { Scope } from '../definition.ts'

/** What is to be read again, why, and with which cause its differences are told. */
export interface Doubt<Entry> {
  readonly reason: string
  readonly cause: Cause
  readonly scopes: readonly Scope<Entry>[]
}

/** More parts than this are read as the whole table: each part costs the kernel a walk through all of it. */
const mostScopes = 16

/** Collects doubts until they are settled by one reading. */
export class Doubts<Entry> {
  #list: Doubt<Entry>[] = []

  get empty(): boolean {
    return this.#list.length === 0
  }

  add(doubt: Doubt<Entry>): void {
    if (doubt.scopes.length > 0) this.#list.push(doubt)
  }

  /** All doubts as one. A loss of messages outweighs what is inferred. */
  take(whole: readonly Scope<Entry>[]): Doubt<Entry> | undefined {
    const list = this.#list
    this.#list = []
    const leading = list.find(({ cause }) => cause === 'resync') ?? list[0]
    if (leading === undefined) return undefined
    const scopes = new Map(list.flatMap((doubt) => doubt.scopes.map((scope) => [scope.name, scope])))
    const all = scopes.size > mostScopes || whole.every(({ name }) => scopes.has(name))
    return { reason: leading.reason, cause: leading.cause, scopes: all ? whole : [...scopes.values()] }
  }
}
