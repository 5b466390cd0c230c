import { setTimeout as delay } from 'node:timers/promises'
import { addressDefinition } from '@rtnl/address'
import { Dice, ifindex } from '@rtnl/compliance'
import type { TableDefinition } from '@rtnl/live-table'
import { type Neighbor, NeighborState, neighborDefinition } from '@rtnl/neighbor'
import { AddressFamily, type BulkRequest, Connection, MessageFlag, RouteProtocol, RouteScope } from '@rtnl/netlink-core'
import { nexthopDefinition } from '@rtnl/nexthop'
import { RouteType, routeDefinition } from '@rtnl/route'
import { RuleAction, ruleDefinition } from '@rtnl/rule'
import { type WriterKind, writerKinds } from './operations/writer.ts'

/** Draws one request. @param link index of the link without addresses */
type Draw = (dice: Dice, link: number) => BulkRequest<unknown>

const { CREATE, REPLACE, APPEND, EXCL } = MessageFlag

/** The loopback interface has this index in every namespace. */
const loopback = 1

/** Requests between two pauses of a writer that pauses. */
const requestsAtOnce = 2

const draws: Readonly<Record<WriterKind, Draw>> = {
  nexthops(dice) {
    const id = 8000 + dice.below(300)
    if (dice.below(3) === 0) return request(nexthopDefinition, 'delete', { id })
    const protocol = dice.pick(RouteProtocol.STATIC, RouteProtocol.BOOT)
    const entry = { family: AddressFamily.INET, id, blackhole: true, protocol } as const
    return request(nexthopDefinition, 'new', entry, CREATE | REPLACE)
  },
  routes(dice) {
    const number = dice.below(100)
    const way = {
      ...(dice.below(2) === 0
        ? { family: AddressFamily.INET, dst: `10.80.${number}.0/24` }
        : { family: AddressFamily.INET6, dst: `2001:db8:80:${number}::/64` }),
      table: 500,
      priority: dice.pick(5, 9),
    }
    if (dice.below(3) === 0) return request(routeDefinition, 'delete', { ...way, scope: RouteScope.NOWHERE })
    const protocol = dice.pick(RouteProtocol.STATIC, RouteProtocol.BOOT)
    const type = dice.pick(RouteType.BLACKHOLE, RouteType.UNREACHABLE, RouteType.PROHIBIT)
    const how = dice.pick(CREATE, CREATE | EXCL, CREATE | APPEND, CREATE | REPLACE, REPLACE)
    return request(routeDefinition, 'new', { ...way, type, protocol, scope: RouteScope.UNIVERSE }, how)
  },
  neighbors(dice, link) {
    const number = dice.below(200)
    const place: Partial<Neighbor> =
      dice.below(2) === 0
        ? { family: AddressFamily.INET, ifindex: link, dst: `10.41.0.${number}` }
        : { family: AddressFamily.INET6, ifindex: link, dst: `fd41::${number + 1}` }
    if (dice.below(3) === 0) return request(neighborDefinition, 'delete', place)
    const lladdr = `02:aa:00:00:01:0${dice.below(5)}`
    const state = dice.pick(NeighborState.PERMANENT, NeighborState.NOARP)
    return request(neighborDefinition, 'new', { ...place, lladdr, state }, CREATE | REPLACE)
  },
  addresses(dice) {
    const address = `10.72.0.${dice.below(50)}`
    const entry = { family: AddressFamily.INET, ifindex: loopback, prefixlen: 32, address, local: address }
    if (dice.below(3) === 0) return request(addressDefinition, 'delete', entry)
    return request(addressDefinition, 'new', { ...entry, scope: dice.pick(0, 200) }, CREATE | REPLACE)
  },
  rules(dice) {
    const number = dice.below(50)
    const family = dice.pick(AddressFamily.INET, AddressFamily.INET6)
    const entry = { family, priority: 5000 + number, table: 500, action: RuleAction.LOOKUP }
    if (dice.below(3) === 0) return request(ruleDefinition, 'delete', entry)
    return request(ruleDefinition, 'new', entry, CREATE | EXCL)
  },
}

function request<Entry>(
  { message, types, name }: TableDefinition<Entry>,
  what: 'new' | 'delete',
  entry: Partial<Entry>,
  flags = 0,
): BulkRequest<unknown> {
  return { message, type: types[what], entry, flags, operation: `${what} ${name}` } as BulkRequest<unknown>
}

/**
 * Makes changes of all kinds until the signal, most of them of nexthops: some each millisecond. A process that follows keeps up
 * with them, and reads tables again all the time; it would lag behind a writer without pauses.
 */
export async function writeUntil(netns: string, seed: number, signal: AbortSignal): Promise<void> {
  const dice = new Dice(seed)
  const link = ifindex(netns, 'n0')
  await using connection = await Connection.open({ netns })
  while (!signal.aborted) {
    const some = Array.from({ length: requestsAtOnce }, () => {
      const kind = dice.below(10) === 0 ? dice.pick(...writerKinds) : 'nexthops'
      return draws[kind](dice, link)
    })
    await connection.requestAll(some)
    await delay(1)
  }
}

/**
 * Makes changes as fast as the kernel takes them; they depend on the seed alone.
 * @returns how many of them the kernel refused
 */
export async function write(netns: string, kind: WriterKind, count: number, seed: number): Promise<number> {
  const dice = new Dice(seed)
  const link = ifindex(netns, 'n0')
  function* drawn(): Generator<BulkRequest<unknown>, void, undefined> {
    for (let index = 0; index < count; index++) yield draws[kind](dice, link)
  }
  await using connection = await Connection.open({ netns })
  const { failed } = await connection.requestAll(drawn())
  return failed.length
}
