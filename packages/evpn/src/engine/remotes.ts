import type { Path, Remote } from '../entries.ts'
import { remoteText } from '../keys.ts'

interface Known {
  readonly text: string
  /** The paths of all addresses that are behind the remote alone. */
  readonly paths: readonly Path[]
  users: number
}

/** Remotes that hardware addresses are behind, each once, by a number from 1. */
export class Remotes {
  readonly #known: (Known | undefined)[] = [undefined]
  readonly #ids = new Map<string, number>()
  readonly #free: number[] = []

  /** The number of a remote for one more user. */
  take(remote: Remote): number {
    const text = remoteText(remote)
    const id = this.#ids.get(text)
    if (id !== undefined) {
      this.#known[id]!.users++
      return id
    }
    const fresh = this.#free.pop() ?? this.#known.length
    this.#known[fresh] = { text, paths: [{ remote, weight: 1 }], users: 1 }
    this.#ids.set(text, fresh)
    return fresh
  }

  /** One user fewer. */
  release(id: number): void {
    const known = this.#known[id]
    if (known === undefined || --known.users > 0) return
    this.#ids.delete(known.text)
    this.#known[id] = undefined
    this.#free.push(id)
  }

  paths(id: number): readonly Path[] {
    return this.#known[id]?.paths ?? []
  }
}
