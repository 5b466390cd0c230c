/** Constants of nexthop objects (`linux/nexthop.h`, `linux/rtnetlink.h`). */

/** `RTM_*NEXTHOP` */
export const NexthopMessage = { NEW: 104, DEL: 105, GET: 106 } as const

/** `RTM_*NEXTHOPBUCKET` */
export const NexthopBucketMessage = { NEW: 116, DEL: 117, GET: 118 } as const

/** `NHA_*` */
export const NexthopAttribute = {
  ID: 1,
  GROUP: 2,
  GROUP_TYPE: 3,
  BLACKHOLE: 4,
  OIF: 5,
  GATEWAY: 6,
  ENCAP_TYPE: 7,
  ENCAP: 8,
  GROUPS: 9,
  MASTER: 10,
  FDB: 11,
  RES_GROUP: 12,
  RES_BUCKET: 13,
  OP_FLAGS: 14,
} as const

/** `NEXTHOP_GRP_TYPE_*` */
export const NexthopGroupType = { MPATH: 0, RES: 1 } as const

/** `NHA_RES_GROUP_*` */
export const ResilientGroupAttribute = { BUCKETS: 1, IDLE_TIMER: 2, UNBALANCED_TIMER: 3, UNBALANCED_TIME: 4 } as const

/** `NHA_RES_BUCKET_*` */
export const ResilientBucketAttribute = { INDEX: 1, IDLE_TIME: 2, NH_ID: 3 } as const

/**
 * `NHA_OP_FLAG_RESP_GRP_RESVD_0` (Linux 6.12): the kernel fills the high byte of the weights. Older kernels leave
 * garbage there.
 */
export const weightHighByteValid = 0x80000000
