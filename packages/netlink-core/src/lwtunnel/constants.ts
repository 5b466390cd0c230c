/**
 * Constants of lightweight tunnels (`linux/lwtunnel.h`, `linux/seg6_iptunnel.h`, `linux/seg6_local.h`,
 * `linux/mpls_iptunnel.h`).
 */

/** `LWTUNNEL_ENCAP_*` */
export const EncapsulationType = {
  NONE: 0,
  MPLS: 1,
  IP: 2,
  ILA: 3,
  IP6: 4,
  SEG6: 5,
  BPF: 6,
  SEG6_LOCAL: 7,
  RPL: 8,
  IOAM6: 9,
  XFRM: 10,
} as const

/** `SEG6_IPTUN_MODE_*` */
export const Seg6Mode = { INLINE: 0, ENCAP: 1, L2ENCAP: 2, ENCAP_RED: 3, L2ENCAP_RED: 4 } as const

/** `SEG6_IPTUNNEL_*` */
export const Seg6Attribute = { SRH: 1 } as const

/** `SEG6_LOCAL_ACTION_*` */
export const Seg6LocalAction = {
  END: 1,
  END_X: 2,
  END_T: 3,
  END_DX2: 4,
  END_DX6: 5,
  END_DX4: 6,
  END_DT6: 7,
  END_DT4: 8,
  END_B6: 9,
  END_B6_ENCAP: 10,
  END_BM: 11,
  END_S: 12,
  END_AS: 13,
  END_AM: 14,
  END_BPF: 15,
  END_DT46: 16,
} as const

/** `SEG6_LOCAL_*` */
export const Seg6LocalAttribute = {
  ACTION: 1,
  SRH: 2,
  TABLE: 3,
  NH4: 4,
  NH6: 5,
  IIF: 6,
  OIF: 7,
  BPF: 8,
  VRFTABLE: 9,
  COUNTERS: 10,
  FLAVORS: 11,
} as const

/** `SEG6_LOCAL_BPF_PROG*` */
export const Seg6LocalBpfAttribute = { PROG: 1, PROG_NAME: 2 } as const

/** `SEG6_LOCAL_CNT_*` */
export const Seg6LocalCounterAttribute = { PACKETS: 2, BYTES: 3, ERRORS: 4 } as const

/** `SEG6_LOCAL_FLV_*` */
export const Seg6LocalFlavorAttribute = { OPERATION: 1, LCBLOCK_BITS: 2, LCNODE_FN_BITS: 3 } as const

/** Bits of `operation` of the flavors of an action, as `SEG6_LOCAL_FLV_OP_*` numbers them. */
export const Seg6LocalFlavor = { PSP: 2, USP: 4, USD: 8, NEXT_CSID: 16 } as const

/** `MPLS_IPTUNNEL_*` */
export const MplsAttribute = { DST: 1, TTL: 2 } as const

/** `LWTUNNEL_IP_*` */
export const IpTunnelAttribute = { ID: 1, DST: 2, SRC: 3, TTL: 4, TOS: 5, FLAGS: 6 } as const

/** `LWTUNNEL_IP6_*` */
export const Ip6TunnelAttribute = { ID: 1, DST: 2, SRC: 3, HOPLIMIT: 4, TC: 5, FLAGS: 6 } as const
