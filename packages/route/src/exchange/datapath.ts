import { inTurns } from '@rtnl/netlink-core'
import { RouteTableId } from '../constants.ts'
import type { LearnedRoute } from '../learned.ts'
import { isReservedTable } from '../reconcile/normalize.ts'
import type { AdvertisedRoute } from './advertised.ts'
import { ovnVrfName } from './ovn.ts'

/** A port of a datapath, at which routes may be learned. */
export interface ExchangePort {
  /** For people, and in what was learned. */
  readonly name: string
  /** Only routes by the interface with this name. Default: by any. */
  readonly ifname?: string | undefined
  /** Nothing is learned at this port. */
  readonly noLearning?: boolean | undefined
}

/** A router that exchanges routes with the routing daemons of the host by a routing table. */
export interface ExchangeDatapath {
  /** For people, and in what was learned; no two have the same. */
  readonly name: string
  /** Id of the routing table. */
  readonly table: number
  /** What it advertises. */
  readonly routes: readonly AdvertisedRoute[]
  /** Default: none, and nothing is learned. */
  readonly ports?: readonly ExchangePort[] | undefined
  /** Adds a VRF for the table, and deletes it when no datapath wants it any more. */
  readonly maintainVrf?: boolean | undefined
  /** Name of the VRF. Default: `ovnvrf` and the table. A name that no interface can have is ignored. */
  readonly vrf?: string | undefined
}

/** A learned route and who learned it. */
export interface ExchangedRoute extends LearnedRoute {
  /** Name of the datapath. */
  readonly datapath: string
  /** Name of the port. */
  readonly port: string
}

/** Bytes of the name of an interface, without its NUL. */
const longestName = 15

export function vrfName({ vrf, table }: ExchangeDatapath): string {
  return vrf === undefined || vrf === '' || vrf.length > longestName ? ovnVrfName(table) : vrf
}

/** Whether routes may be exchanged by a routing table. The table of the kernel's own addresses has no learned routes. */
export function isUsableTable(table: number): boolean {
  const written = Number.isInteger(table) && table > 0 && table < 0xffffffff && !isReservedTable(table)
  return written && table !== RouteTableId.LOCAL
}

/** Gives what was learned in a table to the ports of its datapaths: adds it to `exchanged`. */
export async function distribute(
  learned: readonly LearnedRoute[],
  datapaths: readonly ExchangeDatapath[],
  exchanged: ExchangedRoute[],
): Promise<void> {
  for (const { name: datapath, ports = [] } of datapaths) {
    for (const { name: port, ifname, noLearning } of ports) {
      if (noLearning === true) continue
      await inTurns(learned, (route) => {
        if (ifname === undefined || route.ifname === ifname) exchanged.push({ ...route, datapath, port })
      })
    }
  }
}
