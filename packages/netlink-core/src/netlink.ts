/** Constants and layout of the netlink protocol itself (`linux/netlink.h`). */

/** Whether this machine stores the low byte first. Netlink numbers are in the machine's own order. */
export const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Bytes of `struct nlmsghdr`: length u32, type u16, flags u16, seq u32, pid u32. */
export const messageHeaderLength = 16

/** Bytes of `struct nlattr`: length u16 (of header and payload), type u16. */
export const attributeHeaderLength = 4

/** Cycles up to the alignment of messages and attributes, 4 bytes (`NLMSG_ALIGN`, `NLA_ALIGN`). */
export function align(length: number): number {
  return (length + 3) & ~3
}

/** `NLMSG_*`: message types that are the same in every netlink family, all below 16. */
export const ControlMessage = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4, MIN_TYPE: 16 } as const

/** `NLM_F_*`. The meaning of 0x100 and above depends on the request: get, new, delete, or an ack. */
export const MessageFlag = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  ECHO: 0x08,
  DUMP_INTR: 0x10,
  DUMP_FILTERED: 0x20,
  /** Get requests. */
  ROOT: 0x100,
  MATCH: 0x200,
  DUMP: 0x300,
  /** New requests. */
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  /** Acks. */
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const

/** `NLA_F_NESTED`: the payload of the attribute is a set of attributes. */
export const nestedFlag = 0x8000

/** `NLA_TYPE_MASK`: the type without `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`. */
export const attributeTypeMask = 0x3fff

/** `NLMSGERR_ATTR_*`: what an extended ack may carry. */
export const ExtendedAck = { MSG: 1, OFFS: 2, COOKIE: 3, POLICY: 4, MISS_TYPE: 5, MISS_NEST: 6 } as const

/** `NETLINK_*`: families of netlink. */
export const NetlinkFamily = { ROUTE: 0, USERSOCK: 2 } as const
