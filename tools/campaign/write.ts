import { Dice, ifindex } from '@rtnl/compliance'
import type { TableDefinition } from '@rtnl/live-table'
import { type Neighbor, NeighborState, neighborDefinition } from '@rtnl/neighbor'
import { AddressFamily, type BulkRequest, Connection, MessageFlag, RouteProtocol, RouteScope } from '@rtnl/netlink-core'
import { nexthopDefinition } from '@rtnl/nexthop'
import { RouteType, routeDefinition } from '@rtnl/route'
import type { WriterKind } from './operations/writer.ts'

/** Draws one request. @param link index of the link without addresses */
type Draw = (dice: Dice, link: number) => BulkRequest<unknown>

const { CREATE, REPLACE, APPEND, EXCL } = MessageFlag

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
