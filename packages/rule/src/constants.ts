/** Constants of policy rules (`linux/fib_rules.h`). */

/** `RTM_*RULE` */
export const RuleMessage = { NEW: 32, DEL: 33, GET: 34 } as const

/** Offsets in `struct fib_rule_hdr`. */
export const ruleHeader = { family: 0, dstLen: 1, srcLen: 2, table: 4, size: 12 } as const

/** `FRA_*` */
export const RuleAttribute = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  GOTO: 4,
  PRIORITY: 6,
  FWMARK: 10,
  FLOW: 11,
  TUN_ID: 12,
  SUPPRESS_IFGROUP: 13,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  OIFNAME: 17,
  L3MDEV: 19,
  UID_RANGE: 20,
  PROTOCOL: 21,
  IP_PROTO: 22,
  SPORT_RANGE: 23,
  DPORT_RANGE: 24,
  DSCP: 25,
  FLOWLABEL: 26,
  FLOWLABEL_MASK: 27,
  SPORT_MASK: 28,
  DPORT_MASK: 29,
  DSCP_MASK: 30,
} as const

/** `FR_ACT_*`: what a rule does with the packets that it matches. */
export const RuleAction = { LOOKUP: 1, GOTO: 2, NOP: 3, BLACKHOLE: 6, UNREACHABLE: 7, PROHIBIT: 8 } as const

/** `FIB_RULE_*` */
export const RuleFlag = {
  PERMANENT: 0x1,
  /** The rule matches the packets that are otherwise than it says. */
  INVERT: 0x2,
  /** There is no rule with the priority that it goes to. */
  UNRESOLVED: 0x4,
  /** There is no interface with the name `iifname`. */
  IIF_DETACHED: 0x8,
  /** There is no interface with the name `oifname`. */
  OIF_DETACHED: 0x10,
  FIND_SADDR: 0x10000,
} as const

/** Flags that a program sets; the kernel sets the others as interfaces and other rules come and go. */
export const writtenFlags = RuleFlag.INVERT | RuleFlag.FIND_SADDR
