/** Constants of links (`linux/rtnetlink.h`, `linux/if_link.h`, `linux/if.h`). */

export const LinkMessage = { NEW: 16, DEL: 17, GET: 18 } as const

/** `IFLA_*` */
export const LinkAttribute = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  CARRIER: 33,
} as const

/** `IFF_*` */
export const LinkFlag = {
  UP: 1,
  BROADCAST: 2,
  LOOPBACK: 8,
  RUNNING: 0x40,
  NOARP: 0x80,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const
