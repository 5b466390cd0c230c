import { type Link, LinkAttribute, LinkInfoAttribute, LinkMessage, linkMessage } from '@rtnl/link'
import { AddressFamily, findAttribute, littleEndian, Message, type Writer } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import { bodyOffset } from '../request.ts'

/** Messages of the bridge family: what the others have in `IFLA_INFO_SLAVE_DATA` is in `IFLA_PROTINFO`. */
class PortMessage extends Message<Link> {
  override encode(writer: Writer, { kind: _, slaveKind, carrier: __, bridgePort, ...rest }: Partial<Link>): void {
    const data = slaveKind !== undefined && bridgePort !== undefined ? slaveData({ slaveKind, bridgePort }) : undefined
    const known = data === undefined ? [] : [{ type: LinkAttribute.PROTINFO, payload: data }]
    super.encode(writer, { ...rest, family: AddressFamily.BRIDGE }, known)
  }
}

const linkHeaderSize = 16

function slaveData(entry: Partial<Link>): Uint8Array {
  const bytes = messageBytes(linkMessage, { type: LinkMessage.NEW, flags: 0, seq: 0, pid: 0 }, entry)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const info = findAttribute(view, bodyOffset + linkHeaderSize, bytes.length, LinkAttribute.LINKINFO)
  const at = findAttribute(view, info, bytes.length, LinkInfoAttribute.SLAVE_DATA)
  return bytes.slice(at, at + view.getUint16(at - 4, littleEndian) - 4)
}

export const portMessage: Message<Link> = new PortMessage(linkMessage.set)
