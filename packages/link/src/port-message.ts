import type { TableView } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, type MessageCursor } from '@rtnl/netlink-core'
import { bridgePort } from './bridge-port.ts'
import { LinkAttribute, LinkMessage, linkHeader } from './constants.ts'
import type { Link } from './message.ts'

/** Where a message of the bridge family has the data of a port. */
export interface PortMessage {
  readonly ifindex: number
  /** The bridge. */
  readonly master: number
  /** Offset and length of the data. */
  readonly at: number
  readonly length: number
}

/**
 * Finds the data of a port in a message. The kernel announces changes of a port of a bridge, such as its state, in messages of
 * the bridge family alone. These have the data of the port, but not the rest of the link.
 * @returns `undefined` for other messages, such as those about the bridge itself
 */
export function portMessage({ view, body, end, type }: MessageCursor): PortMessage | undefined {
  if (type !== LinkMessage.NEW || end - body < linkHeader.size) return undefined
  if (view.getUint8(body) !== AddressFamily.BRIDGE) return undefined
  const attributes = body + linkHeader.size
  const at = findAttribute(view, attributes, end, LinkAttribute.PROTINFO)
  const master = findAttribute(view, attributes, end, LinkAttribute.MASTER)
  if (at < 0 || master < 0) return undefined
  return {
    ifindex: view.getInt32(body + linkHeader.ifindex, littleEndian),
    master: view.getUint32(master, littleEndian),
    at,
    length: view.getUint16(at - 4, littleEndian) - 4,
  }
}

/** The link with what such a message says, if that is new: `TableDefinition.amended`. */
export function withPort(cursor: MessageCursor, table: TableView<Link>): Link | undefined {
  const port = portMessage(cursor)
  const link = port && table.get({ ifindex: port.ifindex })
  // When a link joins or leaves a bridge, the kernel also announces the link, with all data of the port.
  if (port === undefined || link?.bridgePort === undefined || link.master !== port.master) return undefined
  const { view } = cursor
  const { mcastNGroups: _, ...known }: Readonly<Record<string, unknown>> = link.bridgePort
  const heard = Object.entries(bridgePort.read(view, port.at, port.length, false))
  const isKnown = heard.length === Object.keys(known).length && heard.every(([name, value]) => known[name] === value)
  return isKnown ? undefined : { ...link, bridgePort: bridgePort.read(view, port.at, port.length) }
}
