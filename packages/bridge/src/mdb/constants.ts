/** Constants of `linux/if_bridge.h`, `linux/in.h` and `linux/rtnetlink.h`. */

/** `RTM_*MDB`: messages about multicast groups. */
export const MdbMessage = { NEW: 84, DEL: 85, GET: 86 } as const

/** `MDBA_*`, `MDBA_MDB_*`, `MDBA_MDB_ENTRY_*`: the nests around the entries of a message. */
export const MdbAttribute = {
  /** `MDBA_MDB` */
  MDB: 1,
  /** `MDBA_MDB_ENTRY` */
  ENTRY: 1,
  /** `MDBA_MDB_ENTRY_INFO` */
  ENTRY_INFO: 1,
} as const

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
export const MdbSourceAttribute = {
  /** `MDBA_MDB_SRCLIST_ENTRY` */
  ENTRY: 1,
  /** `MDBA_MDB_SRCATTR_ADDRESS` */
  ADDRESS: 1,
  /** `MDBA_MDB_SRCATTR_TIMER` */
  TIMER: 2,
} as const

/** `MDBE_ATTR_*`, `MDBE_SRC_LIST_*` and `MDBE_SRCATTR_*`: attributes of an entry in requests. */
export const MdbSetAttribute = {
  /** `MDBE_ATTR_SOURCE` */
  SOURCE: 1,
  /** `MDBE_ATTR_SRC_LIST` */
  SRC_LIST: 2,
  /** `MDBE_ATTR_GROUP_MODE` */
  GROUP_MODE: 3,
  /** `MDBE_ATTR_RTPROT` */
  RTPROT: 4,
  /** `MDBE_SRC_LIST_ENTRY` */
  SRC_ENTRY: 1,
  /** `MDBE_SRCATTR_ADDRESS` */
  SRC_ADDRESS: 1,
} as const

/** `MDB_*`: whether an entry ends by itself. */
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

/** `MCAST_*`. `EXCLUDE`: all sources but the listed ones are forwarded. `INCLUDE`: only the listed ones are. */
export const MdbMode = { EXCLUDE: 0, INCLUDE: 1 } as const
