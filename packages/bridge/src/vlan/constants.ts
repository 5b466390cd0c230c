/** Constants of `linux/if_bridge.h` and `linux/rtnetlink.h`. */

/** `RTM_*VLAN`: messages about VLANs (Linux 5.6). */
export const VlanMessage = { NEW: 112, DEL: 113, GET: 114 } as const

/** `BRIDGE_VLANDB_*`: what a message about VLANs holds. */
export const VlanAttribute = { ENTRY: 1, GLOBAL_OPTIONS: 2 } as const

/** `BRIDGE_VLANDB_DUMP_*`: attributes of a request for all VLANs. */
export const VlanDumpAttribute = { FLAGS: 1 } as const

/** `BRIDGE_VLANDB_DUMPF_*`. */
export const VlanDumpFlag = { STATS: 1 } as const

/** `BRIDGE_VLANDB_ENTRY_*`. */
export const VlanEntryAttribute = {
  INFO: 1,
  RANGE: 2,
  STATE: 3,
  TUNNEL_INFO: 4,
  STATS: 5,
  MCAST_ROUTER: 6,
  MCAST_N_GROUPS: 7,
  MCAST_MAX_GROUPS: 8,
  NEIGH_SUPPRESS: 9,
} as const

/** `BRIDGE_VLANDB_TINFO_*`. */
export const VlanTunnelAttribute = { ID: 1, CMD: 2 } as const

/** `BRIDGE_VLAN_INFO_*`: the VLAN of frames without a tag, and a VLAN whose frames leave without one. */
export const VlanFlag = { PVID: 2, UNTAGGED: 4 } as const

/** `BR_STATE_*`: what a port does with the frames of a VLAN. */
export const VlanState = { DISABLED: 0, LISTENING: 1, LEARNING: 2, FORWARDING: 3, BLOCKING: 4 } as const
