import { AddressFamily, checkNumber, message } from '@rtnl/netlink-core'
import type { ListenerDefinition } from '@rtnl/notifier'
import { numberVector } from '@rtnl/vec-utils'
import { familiesOf } from './check.ts'
import { RouteMessage } from './constants.ts'
import { routeGroups } from './groups.ts'
import { routeDeclaration } from './message.ts'

/** Which routes a listener hears of. */
export interface RouteListening {
  /** `AF_INET`, `AF_INET6` or `AF_MPLS`. */
  readonly family: number
  /** The routing protocol of the program's own routes (`RTPROT_*`), which the listener leaves out. */
  readonly own?: number | undefined
}

/** As much of a route as the listener decodes. */
const tableMessage = message('route', {
  header: routeDeclaration.header,
  attributes: { table: routeDeclaration.attributes.table },
})

const names = {
  [AddressFamily.INET]: 'route-ipv4',
  [AddressFamily.INET6]: 'route-ipv6',
  [AddressFamily.MPLS]: 'route-mpls',
} as const

/**
 * For `Notifier.listen`: ids of the tables in which a route was added, replaced or deleted, one for each notification.
 * @throws {RangeError} there are no routes of the family, or there can be no such protocol
 */
export function routeListener({ family, own }: RouteListening): ListenerDefinition<number> {
  const [known = AddressFamily.INET] = familiesOf(family)
  if (own !== undefined) checkNumber('own', own, 0, 0xff)
  return {
    name: names[known],
    groups: [routeGroups[known]],
    types: [RouteMessage.NEW, RouteMessage.DEL],
    queue: () => numberVector('u32'),
    decode({ view, body, end }) {
      const route = tableMessage.decode(view, body, end)
      // The same socket receives messages of the other family too.
      return route.family === known && route.protocol !== own ? route.table : undefined
    },
  }
}
