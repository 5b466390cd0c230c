import { type LiveTable, openTable, type TableDefinition } from '@rtnl/live-table'
import { nexthopDefinition } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { Controllers } from './controllers.ts'
import { DerivedFollowing } from './derived.ts'
import { Reader, type ReaderFigures } from './readers.ts'
import { Recording } from './recording.ts'
import { type FollowedTable, followedTables } from './shown/tables.ts'

export interface SessionOptions {
  readonly netns: string
  /** Bytes of the receive buffer of notifications; `undefined` for the default. */
  readonly receiveBuffer?: number | undefined
  /** Triggers that tables do without, as `TABLE` or `TABLE:REASON`: a test of what the campaign finds. */
  readonly without: readonly string[]
  /** Whether tables are dumped again and again while they change. */
  readonly interruptDumps: boolean
  /** Whether controllers keep entries. */
  readonly keeps: boolean
}

/** A table that is followed, with one who reads its changes and one who stalls. */
export interface Following {
  readonly followed: FollowedTable
  readonly table: LiveTable<unknown>
  readonly reader: Reader<unknown>
  readonly staller: Reader<unknown>
}

/** All that follows the namespace of a scene. */
export class Session {
  readonly netns: string
  readonly notifier: Notifier
  readonly tables: readonly Following[]
  readonly derived: DerivedFollowing
  readonly recording: Recording
  readonly controllers: Controllers | undefined
  readonly figures: ReaderFigures
  #relisting: boolean
  readonly #relists: Promise<void>

  private constructor(
    parts: Pick<Session, 'netns' | 'notifier' | 'tables' | 'derived' | 'recording' | 'controllers' | 'figures'>,
    relists: boolean,
  ) {
    this.netns = parts.netns
    this.notifier = parts.notifier
    this.tables = parts.tables
    this.derived = parts.derived
    this.recording = parts.recording
    this.controllers = parts.controllers
    this.figures = parts.figures
    this.#relisting = relists
    this.#relists = this.#relistAlways()
  }

  static async open({ netns, receiveBuffer, without, interruptDumps, keeps }: SessionOptions): Promise<Session> {
    const notifier = await Notifier.open({ netns, receiveBuffer })
    const recording = new Recording(followedTables.map(({ definition }) => definition))
    await notifier.attach(recording)
    const figures = { changes: 0, resyncs: 0 }
    const tables: Following[] = []
    for (const followed of followedTables) {
      const table = await openTable(lessTriggers(followed.definition, without), { notifier })
      const staller = new Reader(table, { changes: 0, resyncs: 0 })
      staller.stall()
      tables.push({ followed, table, reader: new Reader(table, figures), staller })
    }
    const derived = await DerivedFollowing.open(notifier)
    const controllers = keeps ? await Controllers.open(netns, notifier) : undefined
    return new Session({ netns, notifier, tables, derived, recording, controllers, figures }, interruptDumps)
  }

  async close(): Promise<void> {
    this.#relisting = false
    await this.#relists
    this.controllers?.close()
    await this.derived.close()
    for (const { reader, staller, table } of this.tables) {
      await reader.stop()
      await staller.stop()
      table.close()
    }
    this.notifier.close()
  }

  async #relistAlways(): Promise<void> {
    const relist = async (some: readonly Following[]): Promise<void> => {
      for (let turn = 0; this.#relisting; turn++) await some[turn % some.length]!.table.resync()
    }
    // The kernel says of few tables that a dump of them was interrupted.
    const isNexthops = ({ followed }: Following): boolean => followed.definition.name === nexthopDefinition.name
    await Promise.all([
      relist(this.tables.filter(isNexthops)),
      relist(this.tables.filter((table) => !isNexthops(table))),
    ])
  }
}

function lessTriggers<Entry>(definition: TableDefinition<Entry>, without: readonly string[]): TableDefinition<Entry> {
  const { name, triggers = [] } = definition
  const rest = triggers.filter(({ reason }) => !without.includes(name) && !without.includes(`${name}:${reason}`))
  return rest.length === triggers.length ? definition : { ...definition, triggers: rest }
}
