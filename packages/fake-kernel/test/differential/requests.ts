import { type Address, AddressFlag, AddressMessage, addressMessage } from '@rtnl/address'
import { LinkAttribute, LinkInfoAttribute, linkMessage } from '@rtnl/link'
import { type Neighbor, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, type Message, MessageFlag, Writer } from '@rtnl/netlink-core'
import { type Nexthop, nexthopMessage } from '@rtnl/nexthop'
import { type Route, routeMessage } from '@rtnl/route'
import { type Rule, ruleMessage } from '@rtnl/rule'

/** A request of a random sequence: what a person reads of it, and the message. */
export interface Operation {
  readonly title: string
  /** Interfaces that are new. Asked for one by one, the kernel completes what it does later for them, and says nothing. */
  readonly indexes?: readonly number[]
  /** Carriers may change, of which the kernel tells its other parts later. */
  readonly touchesLinks?: true
  /** Two bridges may get or lose the carrier, of which the kernel tells its other parts in any order, as it has time. */
  readonly touchesBridges?: true
  /** The type of a notification that comes later, if the request is accepted. Nothing else tells when the kernel is done. */
  readonly announcesLater?: number
  bytes(seq: number): Uint8Array
}

const { REQUEST, ACK, DUMP } = MessageFlag

function request(title: string, type: number, flags: number, body: (writer: Writer) => void): Operation {
  return {
    title,
    bytes(seq) {
      const writer = new Writer(512)
      const start = writer.beginMessage(type, flags | REQUEST, seq, 0)
      body(writer)
      writer.endMessage(start)
      return writer.bytes().slice()
    },
  }
}

function of<Entry>(
  message: Message<Entry>,
  name: string,
  type: number,
  flags: number,
  entry: Partial<Entry>,
): Operation {
  const title = `${name} type ${type} flags 0x${flags.toString(16)} ${JSON.stringify(entry)}`
  return request(title, type, flags | ACK, (writer) => message.encode(writer, entry))
}

export function addressRequest(type: number, flags: number, entry: Partial<Address>): Operation {
  const request = of(addressMessage, 'address', type, flags, { family: AddressFamily.INET, ...entry })
  if (entry.family !== AddressFamily.INET6) return request
  return {
    ...request,
    touchesLinks: true,
    ...(entry.flags === AddressFlag.NODAD ? { announcesLater: AddressMessage.NEW } : {}),
  }
}

export function neighborRequest(type: number, flags: number, entry: Partial<Neighbor>): Operation {
  return of(neighborMessage, 'neighbor', type, flags, entry)
}

export function forwardingRequest(type: number, flags: number, entry: Partial<Neighbor>): Operation {
  return of(neighborMessage, 'forwarding', type, flags, { family: AddressFamily.BRIDGE, ...entry })
}

/** A dump of some neighbours. */
export function neighborDump(filter: Partial<Neighbor>): Operation {
  return request(`dump of neighbors ${JSON.stringify(filter)}`, 30, DUMP, (writer) =>
    neighborMessage.encode(writer, filter),
  )
}

export function nexthopRequest(type: number, flags: number, entry: Partial<Nexthop>): Operation {
  return of(nexthopMessage, 'nexthop', type, flags, entry)
}

/** @param unmasked writes the destination as it is, with bits beyond its length */
export function routeRequest(type: number, flags: number, entry: Partial<Route>): Operation {
  return of(routeMessage, 'route', type, flags, { family: AddressFamily.INET, ...entry })
}

/** @param spoilt a byte of the header that is another one */
export function ruleRequest(
  type: number,
  flags: number,
  entry: Partial<Rule>,
  spoilt?: { readonly at: number; readonly length: number },
): Operation {
  const whole = of(ruleMessage, 'rule', type, flags, entry)
  if (spoilt === undefined) return whole
  return {
    title: `${whole.title} with ${JSON.stringify(spoilt)}`,
    bytes(seq) {
      const bytes = whole.bytes(seq)
      bytes[16 + spoilt.at] = spoilt.length
      return bytes
    },
  }
}

/** A route to a prefix with bits beyond its length, which the encoder would not write. */
export function unmaskedRoute(type: number, flags: number, entry: Partial<Route>, length: number): Operation {
  const whole = routeRequest(type, flags, entry)
  return {
    title: `${whole.title} with length ${length}`,
    bytes(seq) {
      const bytes = whole.bytes(seq)
      bytes[17] = length
      return bytes
    },
  }
}

/** One end of a veth pair. */
export interface End {
  readonly ifindex: number
  readonly ifname: string
  readonly address: string
}

function writeEnd(writer: Writer, { ifindex, ifname, address }: End): void {
  linkMessage.encode(writer, { ifindex, ifname, address })
}

export function createPair(own: End, other: End): Operation {
  const flags = MessageFlag.CREATE | MessageFlag.EXCL | ACK
  const made = request(`create ${own.ifname} and ${other.ifname}`, 16, flags, (writer) => {
    writeEnd(writer, own)
    const info = writer.begin(LinkAttribute.LINKINFO)
    const kind = writer.begin(LinkInfoAttribute.KIND)
    writer.raw(new TextEncoder().encode('veth\0'))
    writer.end(kind)
    const data = writer.begin(LinkInfoAttribute.DATA)
    const peer = writer.begin(1)
    writeEnd(writer, other)
    writer.end(peer)
    writer.end(data)
    writer.end(info)
  })
  return { ...made, touchesLinks: true, indexes: [own.ifindex, other.ifindex] }
}

export function createBridge({ ifindex, ifname, address }: End): Operation {
  const flags = MessageFlag.CREATE | MessageFlag.EXCL
  const made = of(linkMessage, 'bridge', 16, flags, { ifindex, ifname, address, kind: 'bridge' })
  return { ...made, touchesLinks: true, indexes: [ifindex] }
}

/** @param master index of a bridge, or 0 for none */
export function setMaster(ifindex: number, master: number, type: number): Operation {
  return { ...of(linkMessage, 'master', type, 0, { ifindex, master }), touchesLinks: true, touchesBridges: true }
}

export function setUp(ifindex: number, isUp: boolean, type: number): Operation {
  const setting = request(`set ${ifindex} ${isUp ? 'up' : 'down'} by type ${type}`, type, ACK, (writer) => {
    const start = writer.length
    linkMessage.encode(writer, { ifindex, flags: isUp ? 1 : 0 })
    writer.setU32(start + 12, 1)
  })
  return { ...setting, touchesLinks: true }
}

export function deleteLink(ifindex: number): Operation {
  return { ...of(linkMessage, 'link', 17, 0, { ifindex }), touchesLinks: true }
}

export function getLink(ifindex: number): Operation {
  return of(linkMessage, 'link', 18, 0, { ifindex })
}

const day = 86_400_000

/** Has neighbours of an interface stay reachable for a day, so that the kernel does not change them by itself (`RTM_SETNEIGHTBL`). */
export function keepReachable(ifindex: number, table: 'arp_cache' | 'ndisc_cache'): Operation {
  return request(`keep neighbours of ${ifindex}`, 67, ACK, (writer) => {
    writer.u8(table === 'arp_cache' ? AddressFamily.INET : AddressFamily.INET6)
    writer.zeros(3)
    const name = writer.begin(1)
    writer.raw(new TextEncoder().encode(`${table}\0`))
    writer.end(name)
    const parameters = writer.begin(6)
    const index = writer.begin(1)
    writer.u32(ifindex)
    writer.end(index)
    const reachable = writer.begin(4)
    writer.u32(day)
    writer.u32(0)
    writer.end(reachable)
    writer.end(parameters)
  })
}

/** A dump of some routes. */
export function dumpOf(filter: Partial<Route>): Operation {
  const entry = { family: AddressFamily.INET, ...filter }
  return request(`dump of routes ${JSON.stringify(filter)}`, 26, DUMP, (writer) => routeMessage.encode(writer, entry))
}

/** A dump of some nexthop objects. */
export function nexthopDump(filter: Partial<Nexthop>): Operation {
  return request(`dump of nexthops ${JSON.stringify(filter)}`, 106, DUMP, (writer) =>
    nexthopMessage.encode(writer, filter),
  )
}

/** A dump of a table by the type of its RTM_GET message. */
export function dump(type: number, family: number): Operation {
  const size = { 18: 16, 22: 8, 26: 12, 30: 12, 34: 12, 106: 8 }[type] ?? 0
  return request(`dump ${type}`, type, DUMP, (writer) => {
    writer.u8(family)
    writer.zeros(size - 1)
  })
}
