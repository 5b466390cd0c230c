import { LinkFlag } from './constants.ts'
import type { Link } from './message.ts'
import { LinkTable } from './table.ts'

/**
 * The indexes of some interfaces by name, for programs that work in turns: an interface counts from when it is first up
 * until it is deleted or has another name. Made by `watchInterfaces`.
 */
export class InterfaceWatch implements AsyncDisposable, Disposable {
  readonly #table: LinkTable
  readonly #owned: boolean
  readonly #unobserve: () => void
  /** By watched name; 0 for an interface that there is not. */
  readonly #indexes = new Map<string, number>()
  #changed = false

  /** @internal Use `watchInterfaces`. */
  constructor(table: LinkTable, owned: boolean) {
    this.#table = table
    this.#owned = owned
    this.#unobserve = table.observe((old, next) => this.#observe(old, next))
  }

  /**
   * Watches these names and no others. The index of a name that was not watched before is that of the interface as it
   * is, up or not.
   */
  update(names: Iterable<string>): void {
    const wanted = new Set(names)
    for (const name of this.#indexes.keys()) if (!wanted.has(name)) this.#indexes.delete(name)
    for (const name of wanted) if (!this.#indexes.has(name)) this.#indexes.set(name, this.#table.ifindex(name) ?? 0)
  }

  /** The index of a watched interface; 0 if there is none, or the name is not watched. */
  ifindex(name: string): number {
    return this.#indexes.get(name) ?? 0
  }

  /** Whether the index of a watched interface changed since the last call. */
  run(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  /** Idempotent. Closes the table if it was opened for this. */
  close(): void {
    this.#unobserve()
    if (this.#owned) this.#table.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #observe(old: Link | undefined, next: Link | undefined): void {
    if (old?.ifname !== undefined && old.ifname !== next?.ifname && this.ifindex(old.ifname) === old.ifindex) {
      this.#set(old.ifname, 0)
    }
    if (next?.ifname !== undefined && (next.flags & LinkFlag.UP) !== 0) this.#set(next.ifname, next.ifindex)
  }

  #set(name: string, ifindex: number): void {
    const known = this.#indexes.get(name)
    if (known === undefined || known === ifindex) return
    this.#indexes.set(name, ifindex)
    this.#changed = true
  }
}

/**
 * Watches interfaces by name.
 * @param options.table a table to share; without it one is opened in `netns`, or in the namespace of the process
 */
export async function watchInterfaces(
  names: Iterable<string>,
  options: { readonly table?: LinkTable; readonly netns?: string } = {},
): Promise<InterfaceWatch> {
  const table = options.table ?? (await LinkTable.open({ netns: options.netns }))
  const watch = new InterfaceWatch(table, options.table === undefined)
  watch.update(names)
  return watch
}
