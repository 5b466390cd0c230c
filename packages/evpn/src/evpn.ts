import { VlanTable, VniTable } from '@rtnl/bridge'
import { LinkTable } from '@rtnl/link'
import { type LiveTable, type LiveTableOptions, SourceTables } from '@rtnl/live-table'
import { FdbTable, NeighborTable } from '@rtnl/neighbor'
import { surface } from '@rtnl/netlink-core'
import { unlessAborted } from '@rtnl/netlink-core/internal'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { EvpnCollections } from './collections.ts'
import { type CheckedConfig, checkConfig, type EvpnConfig } from './config.ts'
import { interfaceTable } from './inputs/live.ts'

/** How collections are opened: what is derived, and the options of the live tables below them. */
export type EvpnOptions = EvpnConfig & LiveTableOptions

type AnyLiveTable = LiveTable<never>

/**
 * What a speaker of EVPN has told the kernel, live: derived from links, VLANs, forwarding entries, neighbours and nexthops, and
 * kept up to date by what they change. All tables come by one notifier, so that the order of the kernel holds.
 */
export class Evpn extends EvpnCollections {
  readonly #tables: readonly AnyLiveTable[]
  readonly #notifier: Notifier
  readonly #ownsNotifier: boolean

  private constructor(config: CheckedConfig, tables: Tables, notifier: Notifier, ownsNotifier: boolean) {
    const { links, vlans, filters, fdb, nexthops, neighbors } = tables
    const inputs = { links, vlans, filters, fdb: interfaceTable(fdb), nexthops, neighbors: interfaceTable(neighbors) }
    const all = Object.values(tables) as unknown as readonly AnyLiveTable[]
    super(config, inputs, new SourceTables(all), { ref: () => notifier.ref(), unref: () => notifier.unref() })
    this.#tables = all
    this.#notifier = notifier
    this.#ownsNotifier = ownsNotifier
    for (const table of all) table.closed.then((error) => this.end(error))
  }

  /**
   * Opens the collections; resolves once they show all that happened in the kernel before the call. Segments that cannot be, and
   * interfaces that are not there, are in `unresolved`; interfaces that come later are picked up.
   * @throws {TypeError | RangeError} an option has a value that it cannot have
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: EvpnOptions = {}): Promise<Evpn> {
    const { segments, defaultPort, members, learned, expand, notifier: shared, signal, ...connection } = options
    const config = checkConfig({ segments, defaultPort, members, learned, expand })
    signal?.throwIfAborted()
    const notifier = shared ?? (await Notifier.open(connection))
    let evpn: Evpn | undefined
    try {
      const tables = await openTables(notifier, signal)
      evpn = new Evpn(config, tables, notifier, shared === undefined)
      await unlessAborted(evpn.fill(), signal)
      await evpn.waitForSync({ signal })
      return evpn
    } catch (error) {
      evpn?.close()
      if (shared === undefined) notifier.close()
      throw error
    }
  }

  /**
   * Resolves once the collections show everything that happened in the kernel before the call.
   * @throws the error that ended a table
   */
  override async waitForSync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await Promise.all(this.#tables.map((table) => table.waitForSync(options)))
    await super.waitForSync(options)
  }

  /** Rereads all tables, for changes that the kernel announces by no message. Endpoints keep their identifiers. */
  async resync(): Promise<void> {
    await Promise.all(this.#tables.map((table) => table.resync()))
    await super.waitForSync()
  }

  /** @internal */
  protected override end(error: Error | undefined): boolean {
    if (!super.end(error)) return false
    for (const table of this.#tables) table.close()
    if (this.#ownsNotifier) this.#notifier.close()
    return true
  }

  /** What the kernel says can be derived: an error is one of the program. @internal */
  protected override failed(error: unknown): void {
    surface(error)
  }
}

interface Tables {
  readonly links: LinkTable
  readonly vlans: VlanTable
  readonly filters: VniTable
  readonly nexthops: NexthopTable
  readonly fdb: FdbTable
  readonly neighbors: NeighborTable
}

async function openTables(notifier: Notifier, signal: AbortSignal | undefined): Promise<Tables> {
  const options = { notifier, signal }
  const opened: { close(): void }[] = []
  const add = async <Table extends { close(): void }>(opening: Promise<Table>): Promise<Table> => {
    const table = await opening
    opened.push(table)
    return table
  }
  try {
    return {
      links: await add(LinkTable.open(options)),
      vlans: await add(VlanTable.open(options)),
      filters: await add(VniTable.open(options)),
      nexthops: await add(NexthopTable.open(options)),
      fdb: await add(FdbTable.open(options)),
      neighbors: await add(NeighborTable.open(options)),
    }
  } catch (error) {
    for (const table of opened) table.close()
    throw error
  }
}
