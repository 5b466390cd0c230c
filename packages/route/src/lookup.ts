import { checkIfindex } from '@rtnl/link'
import {
  AddressFamily,
  addressBytes,
  attribute,
  type CallOptions,
  type Connection,
  checkNumber,
  Errno,
  type Infer,
  InvalidValue,
  message,
  NetlinkError,
  u32,
} from '@rtnl/netlink-core'
import { RouteAttribute, RouteFlag, RouteMessage } from './constants.ts'
import { routeDeclaration } from './message.ts'

/** A packet, as far as its route depends on it. */
export interface RouteLookup {
  /** Where it goes to, `192.0.2.1`. */
  readonly dst: string
  /** Its source address. Without it the kernel takes the one that it would give the packet. */
  readonly src?: string | undefined
  /** Index of the interface that it is bound to leave by. */
  readonly oif?: number | undefined
  /** Index of the interface by which the packet arrives. Left out, the packet is one of this host. */
  readonly iif?: number | undefined
  /** The packet's mark (`SO_MARK`), which policy rules may match. */
  readonly mark?: number | undefined
  /**
   * `true`, the default: the answer is the route as its table has it (`RTM_F_FIB_MATCH`), except that the hops of an IPv6 route
   * begin with the one that the packet takes. `false`: the answer is what the kernel makes of the route for this packet, with
   * the destination alone as `dst`, the chosen one of several hops or of a nexthop object, and the source address as
   * `prefsrc`. For IPv4 the kernel then sets `RTM_F_CLONED` and leaves the protocol out.
   */
  readonly fibMatch?: boolean | undefined
}

const lookupMessage = message('route', {
  header: routeDeclaration.header,
  attributes: {
    ...routeDeclaration.attributes,
    /** `RTA_IIF`: index of the interface by which the packet arrives; absent for one of this host. */
    iif: attribute(RouteAttribute.IIF, u32),
    /** `RTA_MARK`: mark of the packet; absent: 0. */
    mark: attribute(RouteAttribute.MARK, u32),
  },
})

/** The kernel's answer: a route, and without `fibMatch` also the fields of the request. */
export type RouteChoice = Infer<typeof lookupMessage>

/**
 * Asks the kernel which route a packet takes, by its rules and tables.
 *
 * Where several IPv6 routes share one nexthop object, the answer (with `fibMatch` and without) may be another one of them, with its
 * prefix, protocol and metric: the kernel caches a route at the object for each processor, and answers what it finds there
 * (`rt6i_pcpu`; seen on Linux 6.18). The nexthop is right. IPv4 names the right route.
 * @returns `undefined` if no route leads there
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing is sent
 * @throws {NetlinkError} the route refuses the packet (`EHOSTUNREACH` unreachable, `EACCES` prohibit, `EINVAL`
 *   blackhole), or there is no such interface (`ENODEV`; of `oif` IPv6 only says that no route leads there)
 */
export async function lookupRoute(
  connection: Connection,
  lookup: RouteLookup,
  options: CallOptions = {},
): Promise<RouteChoice | undefined> {
  const { dst, src, oif, iif, mark, fibMatch = true } = lookup
  const to = hostPrefix('dst', dst)
  const from = src === undefined ? undefined : hostPrefix('src', src)
  if (from !== undefined && from.family !== to.family) {
    throw new RangeError(`route.src: ${src} is not of the family of ${dst}`)
  }
  checkIfindex('route.oif', oif)
  checkIfindex('route.iif', iif)
  if (mark !== undefined) checkNumber('route.mark', mark, 0, 0xffffffff)
  // Without a flag that asks for the table, IPv4 always answers main. IPv6 answers the table, and refuses that flag.
  const entry: Partial<RouteChoice> = {
    family: to.family,
    dst: to.prefix,
    ...(from === undefined ? {} : { src: from.prefix }),
    ...(oif === undefined ? {} : { oif }),
    ...(iif === undefined ? {} : { iif }),
    ...(mark === undefined ? {} : { mark }),
    flags: (fibMatch ? RouteFlag.FIB_MATCH : 0) | (to.family === AddressFamily.INET ? RouteFlag.LOOKUP_TABLE : 0),
  }
  const request = { message: lookupMessage, type: RouteMessage.GET, entry, operation: `look up route to ${dst}` }
  try {
    const [route] = await connection.request(request, options)
    return route
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === Errno.ENETUNREACH) return undefined
    throw error
  }
}

/** An address as the prefix that is nothing else. */
function hostPrefix(field: string, address: string): { readonly family: number; readonly prefix: string } {
  try {
    const bits = addressBytes(address).length * 8
    return { family: bits === 32 ? AddressFamily.INET : AddressFamily.INET6, prefix: `${address}/${bits}` }
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field).toError('route') : error
  }
}
