/** Constants of `linux/if_bridge.h`, `linux/in.h` and `linux/rtnetlink.h`. */

/** Messages about multicast groups (`RTM_NEWMDB` ...). */
export const MdbMessage = { NEW: 84, DEL: 85, GET: 86 } as const

/** `MDBA_*`, `MDBA_MDB_*`, `MDBA_MDB_ENTRY_*`: the nests around the entries of a message. */
export const MdbAttribute = { MDB: 1, ENTRY: 1, ENTRY_INFO: 1 } as const

/** `MDBA_SET_*`: the attributes of a request. */
export const MdbRequestAttribute = { ENTRY: 1, ENTRY_ATTRS: 2 } as const

/** `MDBA_MDB_EATTR_*`: attributes of an entry in messages of the kernel. */
export const MdbEntryAttribute = {
  TIMER: 1,
  SRC_LIST: 2,
  GROUP_MODE: 3,
  SOURCE: 4,
  RTPROT: 5,
  DST: 6,
  DST_PORT: 7,
  VNI: 8,
  IFINDEX: 9,
  SRC_VNI: 10,
} as const

/** `MDBA_MDB_SRCLIST_*` and `MDBA_MDB_SRCATTR_*`. */
export const MdbSourceAttribute = { ENTRY: 1, ADDRESS: 1, TIMER: 2 } as const

/** `MDBE_ATTR_*`, `MDBE_SRC_LIST_*` and `MDBE_SRCATTR_*`: attributes of an entry in requests. */
export const MdbSetAttribute = {
  SOURCE: 1,
  SRC_LIST: 2,
  GROUP_MODE: 3,
  RTPROT: 4,
  SRC_ENTRY: 1,
  SRC_ADDRESS: 1,
} as const

/** `MDB_TEMPORARY`, `MDB_PERMANENT`. */
export const MdbState = { TEMPORARY: 0, PERMANENT: 1 } as const

/** `MDB_FLAGS_*`; only the kernel sets them. */
export const MdbFlag = {
  OFFLOAD: 1,
  FAST_LEAVE: 2,
  /** A source of a group that others are excluded from. */
  STAR_EXCL: 4,
  /** The source is blocked. */
  BLOCKED: 8,
  OFFLOAD_FAILED: 16,
} as const

/** `MCAST_EXCLUDE`: all sources but the listed ones are forwarded. `MCAST_INCLUDE`: only the listed ones are. */
export const MdbMode = { EXCLUDE: 0, INCLUDE: 1 } as const
