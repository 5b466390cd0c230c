import { attribute, nested, u8, u16, u32 } from '@rtnl/netlink-core'
import { BridgePortAttribute } from './constants.ts'

/**
 * The data of a port of a bridge: `IFLA_INFO_SLAVE_DATA` of messages about links, `IFLA_PROTINFO` of messages about ports.
 * Numbers without a comment are 0 for off and 1 for on.
 */
export const bridgePort = nested('bridgePort', {
  /** `BridgePortState` */
  state: attribute(BridgePortAttribute.STATE, u8),
  /** 0 to 63 */
  priority: attribute(BridgePortAttribute.PRIORITY, u16),
  /** 1 to 65535 */
  cost: attribute(BridgePortAttribute.COST, u32),
  /** Hairpin: whether frames may go out of the port that they came from. */
  mode: attribute(BridgePortAttribute.MODE, u8),
  /** Whether BPDUs are dropped. */
  guard: attribute(BridgePortAttribute.GUARD, u8),
  /** Whether the port may not become the root port. */
  protect: attribute(BridgePortAttribute.PROTECT, u8),
  /** Whether the port leaves a multicast group at once when a host leaves it. */
  fastLeave: attribute(BridgePortAttribute.FAST_LEAVE, u8),
  /** Whether hardware addresses are learned from frames of the port. */
  learning: attribute(BridgePortAttribute.LEARNING, u8),
  /** Whether frames to hardware addresses that nobody knows go out of the port. */
  unicastFlood: attribute(BridgePortAttribute.UNICAST_FLOOD, u8),
  /** Whether the bridge answers ARP requests of the port for neighbours that it knows. */
  proxyarp: attribute(BridgePortAttribute.PROXYARP, u8),
  /** The same, as IEEE 802.11 and Hotspot 2.0 want it. */
  proxyarpWifi: attribute(BridgePortAttribute.PROXYARP_WIFI, u8),
  /** `MDB_RTR_TYPE_*` (`linux/if_bridge.h`): 0 never, 1 by queries, 2 always, 3 for a time. */
  multicastRouter: attribute(BridgePortAttribute.MULTICAST_ROUTER, u8),
  /** Whether multicasts to groups that nobody has joined go out of the port. */
  mcastFlood: attribute(BridgePortAttribute.MCAST_FLOOD, u8),
  /** Whether each host that has joined a group gets a unicast copy. */
  mcastToUcast: attribute(BridgePortAttribute.MCAST_TO_UCAST, u8),
  /** Entries of the port in the multicast database. */
  mcastNGroups: attribute(BridgePortAttribute.MCAST_N_GROUPS, u32, { volatile: true }),
  /** The most that it may have; 0 for any number. */
  mcastMaxGroups: attribute(BridgePortAttribute.MCAST_MAX_GROUPS, u32),
  /** Whether VLANs of the port are mapped to VNIs. */
  vlanTunnel: attribute(BridgePortAttribute.VLAN_TUNNEL, u8),
  /** Whether broadcasts go out of the port. */
  bcastFlood: attribute(BridgePortAttribute.BCAST_FLOOD, u8),
  /** Whether the bridge answers ARP and neighbour discovery itself where it can, and floods less of it. */
  neighSuppress: attribute(BridgePortAttribute.NEIGH_SUPPRESS, u8),
  /** Whether that is decided for each VLAN of the port. */
  neighVlanSuppress: attribute(BridgePortAttribute.NEIGH_VLAN_SUPPRESS, u8),
  /** Whether no frames go from the port to other isolated ones. */
  isolated: attribute(BridgePortAttribute.ISOLATED, u8),
  /** Whether only hosts with a forwarding entry at the port may send. */
  locked: attribute(BridgePortAttribute.LOCKED, u8),
  /** MAC authentication bypass. */
  mab: attribute(BridgePortAttribute.MAB, u8),
  /** Interface index of the port that frames go to while this one has no carrier. */
  backupPort: attribute(BridgePortAttribute.BACKUP_PORT, u32),
  /** Id of the FDB nexthop that such frames carry; absent, or 0 in a request, for none. */
  backupNhid: attribute(BridgePortAttribute.BACKUP_NHID, u32),
})
