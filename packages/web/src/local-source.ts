import { hostname } from 'node:os'
import { Evpn } from '@rtnl/evpn'
import { Notifier } from '@rtnl/notifier'
import {
  tables as allTables,
  evpnWords,
  findEvpnCollection,
  InterfaceNames,
  openPart,
  partOf,
  type TableModule,
} from '@rtnl/tables'
import type { SizedTable, ViewSource, ViewSpace } from './source.ts'

/** What is shown of a namespace. */
export interface LocalSourceOptions {
  /** Name or path of a namespace. Default: that of the process. */
  readonly netns?: string | undefined
  /** Default: all tables. */
  readonly tables?: readonly TableModule<unknown>[] | undefined
}

/** The tables of one namespace of this machine. */
export class LocalSource implements ViewSource, AsyncDisposable, Disposable {
  /** The name of the machine, and of the namespace if that is not the one of the process. */
  readonly title: string
  /** The namespace. */
  readonly spaces: readonly ViewSpace[]
  readonly #notifier: Notifier

  private constructor(title: string, notifier: Notifier, space: ViewSpace) {
    this.title = title
    this.spaces = [space]
    this.#notifier = notifier
  }

  /**
   * Opens the tables; resolves once they are read.
   * @throws {NetlinkError} there is no such namespace, or this process may not enter it
   */
  static async open({ netns, tables = allTables }: LocalSourceOptions = {}): Promise<LocalSource> {
    const notifier = await Notifier.open({ netns })
    try {
      const names = await InterfaceNames.follow(notifier)
      const opened: { module: TableModule<unknown>; table: SizedTable }[] = []
      for (const module of tables) opened.push({ module, table: await openPart(partOf(module, {}), { notifier }) })
      const title = netns === undefined ? hostname() : `${hostname()} ${netns}`
      return new LocalSource(title, notifier, localSpace('', notifier, names, opened))
    } catch (error) {
      notifier.close()
      throw error
    }
  }

  /** Idempotent. Closes the tables. */
  close(): void {
    this.#notifier.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/**
 * The space of tables that are open on one notifier.
 * @param name what distinguishes it from others of the source; empty where it is the only one
 */
export function localSpace(
  name: string,
  notifier: Notifier,
  names: InterfaceNames,
  tables: readonly { readonly module: TableModule<unknown>; readonly table: SizedTable }[],
): ViewSpace {
  const interfaceName = (ifindex: number): string => names.name(ifindex)
  return {
    name,
    tables: tables.map(({ module, table }) => ({ module, table, words: (entry) => module.words(entry, names) })),
    interfaceName,
    evpn: [
      {
        place: {},
        open: () => Evpn.open({ notifier }),
        words: (collection, entry) => evpnWords(findEvpnCollection(collection), entry, names),
        interfaceName,
      },
    ],
    stats: () => notifier.connection.stats(),
  }
}
