import { type Link, LinkFlag, linkDefinition } from '@rtnl/link'
import { defineTable, onMessage, onTable, type Partition, type TableDefinition } from '@rtnl/live-table'
import {
  AddressFamily,
  address,
  attribute,
  header,
  hidden,
  type Infer,
  MulticastGroup,
  message,
  u8,
  u32,
} from '@rtnl/netlink-core'

/** `struct rtmsg`, and attributes of a route (linux/rtnetlink.h). */
const routeMessage = message('broadcast route', {
  header: {
    family: header(u8),
    dstLen: hidden(u8),
    srcLen: hidden(u8),
    tos: hidden(u8),
    tableByte: hidden(u8),
    protocol: hidden(u8),
    scope: hidden(u8),
    type: header(u8),
    flags: hidden(u32),
  },
  attributes: { dst: attribute(1, address), table: attribute(15, u32) },
})

/** An IPv4 address that a routing table has as a broadcast address. */
export type BroadcastRoute = Infer<typeof routeMessage>

const headerSize = 12
const dstLenAt = 1
const typeAt = 7
/** `RTN_BROADCAST` */
const broadcast = 3
const RTM_NEWADDR = 20
const RTM_DELADDR = 21

const whole: Partition<BroadcastRoute> = {
  name: 'broadcast',
  // The kernel gives just the routes of this type; before 5.0 it gives all.
  request: { family: AddressFamily.INET, type: broadcast },
}

/**
 * The IPv4 broadcast addresses of a namespace, of all routing tables. The kernel makes their routes of the addresses of
 * interfaces that are up, in the table of the VRF where one is in a VRF. They are read again when addresses or interfaces
 * change: other routes are many, and would come by the same notifications.
 */
export const broadcastRoutes: TableDefinition<BroadcastRoute> = defineTable({
  name: 'broadcast',
  message: routeMessage,
  types: { new: 24, delete: 25, get: 26 },
  groups: [],
  key: ['table', 'dst'],
  keyText: ({ table, dst }) => `${table} ${dst}`,
  accept: ({ view, body, end }) =>
    end - body < headerSize ||
    (view.getUint8(body) === AddressFamily.INET &&
      view.getUint8(body + dstLenAt) === 32 &&
      view.getUint8(body + typeAt) === broadcast),
  keepsKeys: true,
  partitions: [whole],
  dumps: 'stable',
  triggers: [
    onMessage({
      reason: 'address',
      groups: [MulticastGroup.IPV4_IFADDR],
      types: [RTM_NEWADDR, RTM_DELADDR],
      invalidates: ({ view, body, end }) =>
        end - body < headerSize || view.getUint8(body) === AddressFamily.INET ? [whole] : [],
    }),
    // When an interface goes down, the kernel removes its routes silently.
    onTable(linkDefinition, 'link', (old: Link | undefined, next: Link | undefined) =>
      isUp(old) === isUp(next) && old?.master === next?.master ? [] : [whole],
    ),
  ],
})

function isUp(link: Link | undefined): boolean {
  return link !== undefined && (link.flags & LinkFlag.UP) !== 0
}
