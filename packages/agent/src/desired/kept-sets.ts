import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { type DesiredSet, ownedTable } from './desired-set.ts'

/** A namespace, and what distinguishes it from another one of the same name. */
export interface NamespaceIdentity {
  readonly netns: string | undefined
  readonly identity: string
}

/** A set of which entries may be in the kernel. */
type Kept = Pick<DesiredSet, 'name' | 'table' | 'owner'> & NamespaceIdentity

const contents = v.object({
  version: v.literal(1),
  boot: v.string(),
  sets: v.array(v.object({ ...ownedTable, name: v.string(), netns: v.optional(v.string()), identity: v.string() })),
})

/** What tells one start of the kernel from the next, after which nothing of ours is there. */
const bootFile = '/proc/sys/kernel/random/boot_id'

/**
 * Which sets may have entries in the kernel, also for the next agent: what was desired and is not any more is removed, whenever
 * that changed. Of sets that own only what they write themselves the next agent learns nothing: what that was is known to their
 * controller alone.
 */
export class KeptSets {
  readonly #sets = new Map<string, Kept>()
  #file: string | undefined
  #problem: string | undefined
  #boot = ''
  #writing: Promise<void> = Promise.resolve()

  /** Why the next agent will not know all; `undefined` if it will. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** The namespaces in which there may be something of ours. */
  get namespaces(): NamespaceIdentity[] {
    return [...this.#sets.values()]
  }

  /** The sets of a namespace. */
  in({ netns, identity }: NamespaceIdentity): Kept[] {
    return [...this.#sets.values()].filter((kept) => kept.netns === netns && kept.identity === identity)
  }

  /**
   * Remembers in a file of a folder from now on, with what the file has already.
   * @param folder `undefined`: not after the end of the process
   * @param source where the sets come from: agents with other sources have files of their own
   */
  async use(folder: string | undefined, source: string): Promise<void> {
    const file = folder === undefined ? undefined : join(folder, `${encodeURIComponent(source)}.json`)
    if (file === this.#file) return
    this.#file = file
    this.#problem = undefined
    if (file === undefined) return
    this.#boot = await readFile(bootFile, 'utf8').then(
      (text) => text.trim(),
      () => '',
    )
    try {
      const { boot, sets } = v.parse(contents, JSON.parse(await readFile(file, 'utf8')))
      if (boot === this.#boot) for (const { netns, ...set } of sets) this.#put({ ...set, netns })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#problem = `${file}: ${(error as Error).message}`
    }
    if (this.#sets.size > 0) await this.#write()
  }

  /** To be called before the first entry of a set is written. */
  async remember(set: DesiredSet, { netns, identity }: NamespaceIdentity): Promise<void> {
    const { name, table, owner } = set
    if (this.#put({ name, table, owner, netns, identity })) await this.#write()
  }

  /** To be called after the last entry of a set was removed. */
  async forget(owned: Pick<DesiredSet, 'table' | 'owner'>, place: NamespaceIdentity): Promise<void> {
    if (this.#sets.delete(keyIn(owned, place))) await this.#write()
  }

  /** Forgets namespaces that are gone. */
  async forgetUnless(isThere: (place: NamespaceIdentity) => boolean): Promise<void> {
    const gone = [...this.#sets].filter(([, kept]) => !isThere(kept))
    for (const [key] of gone) this.#sets.delete(key)
    if (gone.length > 0) await this.#write()
  }

  /** @returns whether that was not known */
  #put(kept: Kept): boolean {
    const key = keyIn(kept, kept)
    if (this.#sets.get(key)?.name === kept.name) return false
    this.#sets.set(key, kept)
    return true
  }

  /** One after the other. A file is whole at any time. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const file = this.#file
      if (file === undefined) return
      const lasting = [...this.#sets.values()].filter(({ owner }) => owner.additive !== true)
      const sets = lasting.map((kept) => ({ ...kept, table: kept.table.name }))
      try {
        await mkdir(dirname(file), { recursive: true })
        await writeFile(`${file}.new`, `${JSON.stringify({ version: 1, boot: this.#boot, sets }, undefined, 2)}\n`)
        await rename(`${file}.new`, file)
        this.#problem = undefined
      } catch (error) {
        this.#problem = `state: ${(error as Error).message}; what is desired no more at the next start will stay in the kernel`
      }
    })
    return this.#writing
  }
}

/** What distinguishes the owner of a set from others. */
export function ownerKey({ table: { name }, owner }: Pick<DesiredSet, 'table' | 'owner'>): string {
  const { table, protocol, dev, additive } = owner
  return JSON.stringify([name, table, protocol, dev, additive === true])
}

function keyIn(owned: Pick<DesiredSet, 'table' | 'owner'>, { netns, identity }: NamespaceIdentity): string {
  return `${netns} ${identity} ${ownerKey(owned)}`
}
