import type { Address } from '@rtnl/address'
import type { Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import type { Neighbor } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import type { Route } from '@rtnl/route'
import type { Rule } from '@rtnl/rule'

/** The entries of the tables that decide where a packet goes. Live tables are such, and so are arrays that were dumped. */
export interface Tables {
  /** In the order in which the kernel tries them: `rules.inOrder(family)` of a live table. */
  readonly rules: Iterable<Rule>
  /** Of all routing tables and families that the packet may need. */
  readonly routes: Iterable<Route>
  /** Nexthop objects. */
  readonly nexthops: Iterable<Nexthop>
  /** Network interfaces. */
  readonly links: Iterable<Link>
  /** Addresses of this host. */
  readonly addresses: Iterable<Address>
  /** With those that have no hardware address, if it is to be known that nobody answered. */
  readonly neighbors: Iterable<Neighbor>
  /** Forwarding entries of bridges and vxlans. */
  readonly fdb: Iterable<Neighbor>
  /** VLANs of bridges that filter them, and of their ports. */
  readonly vlans: Iterable<Vlan>
}
