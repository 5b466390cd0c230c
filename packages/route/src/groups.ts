import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'

/** The multicast groups that announce routes, by family. */
export const routeGroups = {
  [AddressFamily.INET]: MulticastGroup.IPV4_ROUTE,
  [AddressFamily.INET6]: MulticastGroup.IPV6_ROUTE,
  [AddressFamily.MPLS]: MulticastGroup.MPLS_ROUTE,
} as const
