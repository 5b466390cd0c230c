import { ClosedError, type MessageCursor } from '@rtnl/netlink-core'
import type { Invalidated, MessageTrigger, TableDefinition, TableView, Trigger } from '../definition.ts'
import type { TableRows } from '../store/table-rows.ts'

// Symbols, so that no other package can ask this.
export const lacksMessages: unique symbol = Symbol('lacks messages')
export const messageLosses: unique symbol = Symbol('message losses')

/** A table that a trigger depends on. */
export interface Dependency extends TableView<unknown> {
  /** Whether messages were lost, and no relist of the whole table has made that good yet. @internal */
  readonly [lacksMessages]: boolean
  /** How often messages were lost so far. @internal */
  readonly [messageLosses]: number
  close(): void
}

/** What triggers need from the reflector of their table. */
export interface TriggerHost<Entry> {
  readonly rows: TableRows<Entry>
  /** The table as triggers see it. */
  readonly view: TableView<Entry>
  open(definition: TableDefinition<unknown>): Promise<Dependency>
  /** Called with each table that was opened. Throws if the table of the triggers has ended meanwhile. */
  opened(table: Dependency): void
  /** Called with the partitions that an event makes invalid. */
  invalidate(reason: string, partitions: Invalidated<Entry>): void
  /** Called with what a trigger throws. */
  malformed(error: unknown): void
  /** Called when a table that a trigger depends on has ended. */
  failed(error: Error): void
}

/** Runs the triggers of a table: it watches for their events and reports which partitions these make invalid. */
export class Triggers<Entry> {
  /** The multicast groups and types of the messages for which `message` is to be called. */
  readonly groups: readonly number[]
  readonly types: readonly number[]
  /** The tables that triggers depend on. */
  readonly tables: Dependency[] = []
  readonly #triggers: readonly Trigger<Entry>[]
  readonly #ofMessages: readonly MessageTrigger<Entry>[]

  constructor({ triggers = [] }: TableDefinition<Entry>) {
    this.#triggers = triggers
    this.#ofMessages = triggers.filter((trigger) => 'types' in trigger)
    this.groups = this.#ofMessages.flatMap((trigger) => trigger.groups)
    this.types = this.#ofMessages.flatMap((trigger) => trigger.types)
  }

  /** Opens the tables that triggers depend on, and observes them and the table itself. */
  async start(host: TriggerHost<Entry>): Promise<void> {
    for (const trigger of this.#triggers) {
      if ('own' in trigger) {
        host.rows.observers.set((old, next, cause) => {
          if (cause === 'notification') run(host, trigger.reason, () => trigger.invalidates(old, next, host.view))
        }, undefined)
      }
      if (!('depends' in trigger)) continue
      const table = await host.open(trigger.depends)
      host.opened(table)
      this.tables.push(table)
      table.observe((old, next) => run(host, trigger.reason, () => trigger.invalidates(old, next, host.view)))
      // Without the other table this one would miss the invalidations.
      table.closed.then((error) => host.failed(error ?? new ClosedError(`table ${trigger.depends.name}`)))
    }
  }

  /** Runs the triggers on a message. */
  message(host: TriggerHost<Entry>, cursor: MessageCursor): void {
    for (const trigger of this.#ofMessages) {
      if (trigger.types.includes(cursor.type)) run(host, trigger.reason, () => trigger.invalidates(cursor, host.view))
    }
  }
}

function run<Entry>(host: TriggerHost<Entry>, reason: string, invalidates: () => Invalidated<Entry>): void {
  try {
    host.invalidate(reason, invalidates())
  } catch (error) {
    host.malformed(error)
  }
}
