import { unlessAborted } from '@rtnl/netlink-core/internal'
import { EvpnCollections } from './collections.ts'
import { type CheckedConfig, checkConfig, type EvpnConfig } from './config.ts'
import { type EvpnSourceTables, KeyedSources } from './inputs/keyed.ts'

/** What is derived, and when opening is given up. */
export type DeriveLiveOptions = EvpnConfig & {
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Derives the collections from tables of a kernel that come by another way, such as those of a node of a fleet, and keeps them up to
 * date. The tables may come in any order: what refers to an entry that has not come is unresolved until it has. Tables stay open
 * when the collections are closed. Entries that no kernel has end the collections, with an error.
 * @throws {TypeError | RangeError} an option has a value that it cannot have
 * @throws the reason of the signal
 */
export async function deriveLive(tables: EvpnSourceTables, options: DeriveLiveOptions = {}): Promise<EvpnCollections> {
  return await LiveCollections.open(tables, options)
}

/** Collections that own nothing below them. */
class LiveCollections extends EvpnCollections {
  private constructor(config: CheckedConfig, sources: KeyedSources) {
    // Whoever has the tables keeps the process alive.
    super(config, sources.inputs, sources, { ref() {}, unref() {} })
  }

  static async open(tables: EvpnSourceTables, { signal, ...config }: DeriveLiveOptions): Promise<LiveCollections> {
    signal?.throwIfAborted()
    const sources = new KeyedSources(tables, (error) => collections.failed(error))
    const collections = new LiveCollections(checkConfig(config), sources)
    try {
      await unlessAborted(collections.fill(), signal)
      return collections
    } catch (error) {
      collections.close()
      throw error
    }
  }

  protected override failed(error: unknown): void {
    this.end(error instanceof Error ? error : new Error(String(error)))
  }
}
