/** Constants of `linux/if_link.h` and `linux/rtnetlink.h`. */

/** `RTM_*TUNNEL`: messages about VNIs (Linux 5.18). */
export const VniMessage = { NEW: 120, DEL: 121, GET: 122 } as const

/** `VXLAN_VNIFILTER_*`. */
export const VniAttribute = { ENTRY: 1 } as const

/** `VXLAN_VNIFILTER_ENTRY_*`. */
export const VniEntryAttribute = { START: 1, END: 2, GROUP: 3, GROUP6: 4, STATS: 5 } as const
