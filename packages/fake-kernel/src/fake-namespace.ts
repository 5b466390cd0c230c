import { AddressMessage, addressMessage } from '@rtnl/address'
import { LinkMessage, linkMessage } from '@rtnl/link'
import { NeighborMessage, neighborMessage } from '@rtnl/neighbor'
import type { Message } from '@rtnl/netlink-core'
import { AddressFamily, Errno, NexthopFlag, surface } from '@rtnl/netlink-core'
import { type Answer, answer, FakeKernel, type FakeRequest, isDump } from '@rtnl/netlink-core/testing'
import { NexthopMessage } from '@rtnl/nexthop'
import { RouteMessage, routeMessage } from '@rtnl/route'
import { RuleMessage, ruleMessage } from '@rtnl/rule'
import { deleteAddress, dumpAddresses, newAddress } from './addresses/address-requests.ts'
import { Addresses } from './addresses/addresses.ts'
import { Bridges } from './bridges/bridges.ts'
import { deleteForwarding, dumpForwarding, getForwarding, newForwarding } from './bridges/fdb-requests.ts'
import { dumpAnswer, type FakeDump, refusedDump } from './dump.ts'
import { deleteAddress6, newAddress6 } from './ipv6/address6-requests.ts'
import { Addresses6 } from './ipv6/addresses6.ts'
import { Fib6 } from './ipv6/fib6.ts'
import { Fib6Tables } from './ipv6/fib6-table.ts'
import { deleteRoute6, newRoute6 } from './ipv6/route6-requests.ts'
import type { FakeLink } from './links/link.ts'
import { deleteLink, dumpLinks, getLink, newLink, setLink } from './links/link-requests.ts'
import { Links } from './links/links.ts'
import {
  deleteNeighborEntry,
  dumpNeighbors,
  getNeighborEntry,
  newNeighborEntry,
} from './neighbors/neighbor-requests.ts'
import { Neighbors } from './neighbors/neighbors.ts'
import { deleteNexthop, dumpNexthops, getNexthop, newNexthop } from './nexthops/nexthop-requests.ts'
import { Nexthops } from './nexthops/nexthops.ts'
import { reportedNexthopMessage } from './nexthops/reported-message.ts'
import { type Origin, Output } from './output.ts'
import { Refusal, UnsupportedRequestError } from './refusal.ts'
import { bodyOffset, RequestReader } from './request.ts'
import { AddressRoutes } from './routes/address-routes.ts'
import type { RouteWorld } from './routes/create-info.ts'
import { Fib } from './routes/fib.ts'
import { FibTables } from './routes/fib-table.ts'
import { bringUp, takeDown } from './routes/link-changes.ts'
import { deleteRoute, dumpRoutes, newRoute } from './routes/route-requests.ts'
import { deleteRule, dumpRules, newRule } from './rules/rule-requests.ts'
import { Rules } from './rules/rules.ts'

/** How a fake namespace behaves. */
export interface FakeNamespaceOptions {
  /**
   * Whether IPv6 is on: interfaces make link-local addresses, as soon as they have a carrier. No other host has any address of the
   * namespace (`accept_dad` 0). Default: false, as with `disable_ipv6`.
   */
  readonly ipv6?: boolean | undefined
  /**
   * Called when a program asks for something that the fake kernel does not know. Default: the error surfaces as an uncaught
   * exception, so that no test passes by mistake.
   */
  readonly unsupported?: ((error: UnsupportedRequestError) => void) | undefined
}

/** Makes the change, or throws. */
type Change = (reader: RequestReader, origin: Origin) => void

/** What is asked for, of one message. */
interface Question<Entry> {
  readonly message: Message<Entry>
  readonly type: number
  readonly one?: (reader: RequestReader) => Partial<Entry>
  readonly all: (reader: RequestReader) => FakeDump<Entry>
}

const firstType = 16
const lastType = 123

/**
 * A network namespace made of code: `Connection.open({ transports: new FakeNamespace() })`. It begins with
 * the loopback, which is down, as a new namespace of the kernel does.
 */
export class FakeNamespace extends FakeKernel {
  readonly #links: Links
  readonly #addresses6: Addresses6
  readonly #output: Output
  readonly #unsupported: (error: UnsupportedRequestError) => void

  constructor({ ipv6 = false, unsupported = surface }: FakeNamespaceOptions = {}) {
    super()
    this.#unsupported = unsupported
    const output = new Output(this)
    const links = new Links(output)
    const bridges = new Bridges(links, output)
    const tables = new FibTables()
    const rules = new Rules(links, output)
    const tables6 = new Fib6Tables()
    const fib6 = new Fib6(tables6, output)
    const ruleWorld = { rules, tables, tables6 }
    const world: RouteWorld = { links, tables, rules, nexthop: (id) => nexthops.get(id) }
    const fib = new Fib(world, output)
    const neighbors = new Neighbors(output)
    const addressRoutes: AddressRoutes = new AddressRoutes(fib, ({ link }) => addresses.of(link), neighbors)
    const addresses: Addresses = new Addresses(links, output, addressRoutes)
    const nexthops = new Nexthops(output, fib)
    const addresses6 = new Addresses6(output, fib6, neighbors)
    links.listen((event, link) => {
      nexthops.linkChanged(event, link)
      if (event === 'up') {
        for (const address of addresses.of(link)) addressRoutes.addRoutes(address)
        bringUp(fib, link, NexthopFlag.DEAD)
      } else if (event === 'change' && link.isRunning) {
        bringUp(fib, link, NexthopFlag.LINKDOWN)
      } else {
        takeDown(fib, event, link, event === 'unregister')
        neighbors.flush(AddressFamily.INET, link, event === 'change' ? 'permanent' : 'none')
      }
      if (ipv6) addresses6.linkChanged(event, link)
      bridges.linkChanged(event, link)
    })
    this.#links = links
    this.#addresses6 = addresses6
    this.#output = output
    for (let type = firstType; type <= lastType; type++) this.on(type, (request) => this.#refuse(request))
    const linkWorld = { links, bridges, isIpv6On: ipv6 }
    this.#change(LinkMessage.NEW, 'RTM_NEWLINK', (reader) => newLink(linkWorld, reader))
    this.#change(LinkMessage.DEL, 'RTM_DELLINK', (reader) => deleteLink(links, reader))
    this.#change(setLinkType, 'RTM_SETLINK', (reader) => setLink(linkWorld, reader))
    const addressWorld = { links, addresses, addresses6 }
    const world6 = { links, tables6, rules, addresses6, fib6 }
    this.#change(AddressMessage.NEW, 'RTM_NEWADDR', (reader, origin) =>
      isIpv6(reader, ipv6) ? newAddress6(addressWorld, reader) : newAddress(addressWorld, reader, origin),
    )
    this.#change(AddressMessage.DEL, 'RTM_DELADDR', (reader, origin) =>
      isIpv6(reader, ipv6) ? deleteAddress6(addressWorld, reader) : deleteAddress(addressWorld, reader, origin),
    )
    this.#change(RouteMessage.NEW, 'RTM_NEWROUTE', (reader, origin) =>
      isIpv6(reader, ipv6) ? newRoute6(world6, reader, origin) : newRoute(fib, reader, origin),
    )
    this.#change(RouteMessage.DEL, 'RTM_DELROUTE', (reader, origin) =>
      isIpv6(reader, ipv6) ? deleteRoute6(world6, reader, origin) : deleteRoute(fib, world, reader, origin),
    )
    this.#change(NexthopMessage.NEW, 'RTM_NEWNEXTHOP', (reader, origin) => newNexthop(nexthops, world, reader, origin))
    this.#change(NexthopMessage.DEL, 'RTM_DELNEXTHOP', (reader, origin) => deleteNexthop(nexthops, reader, origin))
    this.#change(RuleMessage.NEW, 'RTM_NEWRULE', (reader, origin) => newRule(ruleWorld, reader, origin))
    this.#change(RuleMessage.DEL, 'RTM_DELRULE', (reader, origin) => deleteRule(ruleWorld, reader, origin))
    const neighborWorld = { links, tables, neighbors, isIpv6On: ipv6 }
    this.#change(NeighborMessage.NEW, 'RTM_NEWNEIGH', (reader, origin) =>
      isOf(AddressFamily.BRIDGE, reader)
        ? newForwarding(linkWorld, reader)
        : newNeighborEntry(neighborWorld, reader, origin),
    )
    this.#change(NeighborMessage.DEL, 'RTM_DELNEIGH', (reader, origin) =>
      isOf(AddressFamily.BRIDGE, reader)
        ? deleteForwarding(linkWorld, reader)
        : deleteNeighborEntry(neighborWorld, reader, origin),
    )
    this.#question(NeighborMessage.GET, 'RTM_GETNEIGH', {
      message: neighborMessage,
      type: NeighborMessage.NEW,
      one: (reader) =>
        isOf(AddressFamily.BRIDGE, reader) ? getForwarding(linkWorld, reader) : getNeighborEntry(neighborWorld, reader),
      all: (reader) =>
        isOf(AddressFamily.BRIDGE, reader) ? dumpForwarding(linkWorld, reader) : dumpNeighbors(neighborWorld, reader),
    })
    this.#question(LinkMessage.GET, 'RTM_GETLINK', {
      message: linkMessage,
      type: LinkMessage.NEW,
      one: (reader) => getLink(links, reader),
      all: (reader) => dumpLinks(links, reader),
    })
    this.#question(AddressMessage.GET, 'RTM_GETADDR', {
      message: addressMessage,
      type: AddressMessage.NEW,
      all: (reader) => dumpAddresses(addressWorld, reader),
    })
    this.#question(NexthopMessage.GET, 'RTM_GETNEXTHOP', {
      message: reportedNexthopMessage,
      type: NexthopMessage.NEW,
      one: (reader) => getNexthop(nexthops, reader),
      all: (reader) => dumpNexthops(nexthops, reader),
    })
    this.#question(RouteMessage.GET, 'RTM_GETROUTE', {
      message: routeMessage,
      type: RouteMessage.NEW,
      all: (reader) => dumpRoutes(fib, world6, reader),
    })
    this.#question(RuleMessage.GET, 'RTM_GETRULE', {
      message: ruleMessage,
      type: RuleMessage.NEW,
      all: (reader) => dumpRules(rules, reader),
    })
  }

  /**
   * Makes a veth pair with both ends up, as somebody beside the program under test would.
   * @returns the indexes of both ends
   * @throws {RangeError} one of the names is taken
   */
  addPair(
    ifname: string,
    peer: string,
  ): {
    /** Index of the first one. */
    readonly ifindex: number
    /** Index of the other one. */
    readonly peer: number
  } {
    for (const name of [ifname, peer]) {
      if (this.#links.named(name) !== undefined) throw new RangeError(`the name ${name} is taken`)
    }
    const properties = { address: undefined, mtu: 1500 }
    const other = this.#links.freeIndex()
    const own = this.#links.freeIndex()
    this.#links.addPair({ ...properties, ifindex: own, ifname }, { ...properties, ifindex: other, ifname: peer })
    for (const name of [ifname, peer]) this.setUp(name)
    return { ifindex: own, peer: other }
  }

  /** Sets an interface up. The other end of its pair gets the carrier. @throws {RangeError} there is none */
  setUp(ifname: string): void {
    this.#links.setUp(this.#link(ifname))
    this.#settle()
  }

  /** Sets an interface down. The other end of its pair loses the carrier. @throws {RangeError} there is none */
  setDown(ifname: string): void {
    this.#links.setDown(this.#link(ifname))
    this.#settle()
  }

  /** Deletes an interface and the other end of its pair. @throws {RangeError} there is none, or it is the loopback */
  deleteLink(ifname: string): void {
    const link = this.#link(ifname)
    if (link.isLoopback) throw new RangeError('the loopback cannot be deleted')
    this.#links.remove(link)
    this.#settle()
  }

  #settle(): void {
    this.#links.settle()
    this.#addresses6.settle()
  }

  #link(ifname: string): FakeLink {
    const link = this.#links.named(ifname)
    if (link === undefined) throw new RangeError(`there is no interface ${ifname}`)
    return link
  }

  #change(type: number, title: string, change: Change): void {
    this.on(type, (request) =>
      this.#guard(request, () => {
        const origin = { portId: request.portId, seq: request.seq }
        let last = answer.ack()
        const echoes = this.#output.echoes(request, () => {
          try {
            change(new RequestReader(request, title), origin)
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            last = refused(error, request)
          }
        })
        // The kernel tells its other parts of carriers later, when the request has been answered.
        queueMicrotask(() => this.#settle())
        return (asked) => [...echoes, ...last(asked)]
      }),
    )
  }

  #question<Entry>(type: number, title: string, { message, type: shown, one, all }: Question<Entry>): void {
    this.on(type, (request) =>
      this.#guard(request, () => {
        const reader = new RequestReader(request, title)
        if (isDump(request)) return dumpAnswer(message, shown, all(reader))
        if (one === undefined) throw new UnsupportedRequestError(`${title} for one entry`)
        return answer.reply(message, shown, one(reader))
      }),
    )
  }

  #guard(request: FakeRequest, work: () => Answer): Answer {
    try {
      return work()
    } catch (error) {
      if (error instanceof Refusal) return refused(error, request)
      if (!(error instanceof UnsupportedRequestError)) throw error
      this.#unsupported(error)
      return answer.error(Errno.EOPNOTSUPP, { text: error.message })
    }
  }

  #refuse(request: FakeRequest): Answer {
    return this.#guard(request, () => {
      throw new UnsupportedRequestError(`messages of type ${request.type}`)
    })
  }
}

/** Whether a request is of a family. */
function isOf(family: number, { view }: RequestReader): boolean {
  return view.byteLength > bodyOffset && view.getUint8(bodyOffset) === family
}

/** @throws {UnsupportedRequestError} the request is of IPv6, which is off */
function isIpv6(reader: RequestReader, isOn: boolean): boolean {
  const is = isOf(AddressFamily.INET6, reader)
  reader.require(!is || isOn, 'IPv6, which is off,')
  return is
}

/** `RTM_SETLINK` */
const setLinkType = 19

/** The kernel refuses dumps where others end. */
function refused({ errno, text }: Refusal, request: FakeRequest): Answer {
  const words = text === '' ? undefined : text
  return isDump(request) ? refusedDump(errno, words) : answer.error(errno, { text: words })
}
