/** Constants of lightweight tunnels (`linux/lwtunnel.h`, `linux/seg6_iptunnel.h`, `linux/mpls_iptunnel.h`). */

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

/** `MPLS_IPTUNNEL_*` */
export const MplsAttribute = { DST: 1, TTL: 2 } as const

/** `LWTUNNEL_IP_*` */
export const IpTunnelAttribute = { ID: 1, DST: 2, SRC: 3, TTL: 4, TOS: 5, FLAGS: 6 } as const

/** `LWTUNNEL_IP6_*` */
export const Ip6TunnelAttribute = { ID: 1, DST: 2, SRC: 3, HOPLIMIT: 4, TC: 5, FLAGS: 6 } as const
