/** Constants of addresses (`linux/if_addr.h`). */

/** `RTM_*ADDR` */
export const AddressMessage = { NEW: 20, DEL: 21, GET: 22 } as const

/** Offsets in `struct ifaddrmsg`. */
export const addressHeader = { flags: 2 } as const

/** `IFA_*` */
export const AddressAttribute = {
  ADDRESS: 1,
  LOCAL: 2,
  LABEL: 3,
  BROADCAST: 4,
  ANYCAST: 5,
  CACHEINFO: 6,
  FLAGS: 8,
  RT_PRIORITY: 9,
  PROTO: 11,
} as const

/** `IFA_F_*` */
export const AddressFlag = {
  /** Of IPv4: another address of the same prefix was there before. Of IPv6 `TEMPORARY`. */
  SECONDARY: 0x1,
  NODAD: 0x2,
  OPTIMISTIC: 0x4,
  DADFAILED: 0x8,
  HOMEADDRESS: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
  STABLE_PRIVACY: 0x800,
} as const

/** `IFAPROT_*`: who made an address. Programs choose others. */
export const AddressProtocol = { UNSPEC: 0, KERNEL_LO: 1, KERNEL_RA: 2, KERNEL_LL: 3 } as const

/** A lifetime without end (`INFINITY_LIFE_TIME`). */
export const forever = 0xffffffff
