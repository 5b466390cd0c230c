import type { Link } from '@rtnl/link'

/** Data of a bridge as a new one has them. */
export const bridgeData: NonNullable<Link['bridge']> = {
  ageingTime: 30000,
  stpState: 0,
  vlanFiltering: 0,
  mcastSnooping: 1,
}

/** Data of a port as a new one has them; its state changes alone. */
export function portData(state: number): NonNullable<Link['bridgePort']> {
  return {
    state,
    priority: 32,
    cost: 2,
    mode: 0,
    guard: 0,
    protect: 0,
    fastLeave: 0,
    learning: 1,
    unicastFlood: 1,
    proxyarp: 0,
    proxyarpWifi: 0,
    multicastRouter: 1,
    mcastFlood: 1,
    mcastToUcast: 0,
    mcastMaxGroups: 0,
    vlanTunnel: 0,
    bcastFlood: 1,
    neighSuppress: 0,
    neighVlanSuppress: 0,
    isolated: 0,
    locked: 0,
    mab: 0,
  }
}
