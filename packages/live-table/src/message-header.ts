import { DecodeError, type MessageCursor } from '@rtnl/netlink-core'
import type { TableDefinition } from './definition.ts'

/**
 * Whether a message has the whole fixed header of a table's messages. What stands behind a shorter one is another message, so
 * no function of the definition is called with it.
 */
export function hasHeader<Entry>({ message, wire = message }: TableDefinition<Entry>, cursor: MessageCursor): boolean {
  return cursor.end - cursor.body >= wire.set.plan.headerSize
}

/** @throws {DecodeError} the header of a message is cut short */
export function checkHeader<Entry>(definition: TableDefinition<Entry>, cursor: MessageCursor): void {
  if (hasHeader(definition, cursor)) return
  const { message, wire = message } = definition
  throw new DecodeError(message.name, '', cursor.body, `header of ${wire.set.plan.headerSize} bytes is cut short`)
}
