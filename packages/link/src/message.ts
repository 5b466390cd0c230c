import {
  attribute,
  hardwareAddress,
  header,
  hidden,
  type Infer,
  message,
  s32,
  string,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { altnames } from './altnames.ts'
import { LinkAttribute } from './constants.ts'
import { kind, kindFields, slaveKind } from './kind.ts'

/** `struct ifinfomsg` and the attributes of a link. */
export const linkMessage = message('link', {
  header: {
    /** `AF_UNSPEC` (0). */
    family: header(u8),
    /** Filler. */
    filler: hidden(u8),
    /** `ARPHRD_*` (`linux/if_arp.h`): 1 Ethernet, 772 loopback. */
    type: header(u16),
    /** Index of the interface, from 1. */
    ifindex: header(s32),
    /** `LinkFlag`. */
    flags: header(u32),
    /** `ifi_change`: in requests, the flags that are meant. */
    change: hidden(u32),
  },
  attributes: {
    /** Name: 1 to 15 bytes. */
    ifname: attribute(LinkAttribute.IFNAME, string(15)),
    altnames,
    kind,
    slaveKind,
    /** Largest packet in bytes, without the header of the link. */
    mtu: attribute(LinkAttribute.MTU, u32),
    /** Hardware address in hexadecimal, with colons; absent where it has none. */
    address: attribute(LinkAttribute.ADDRESS, hardwareAddress),
    /** Index of the bridge, bond or VRF that it is a port of; absent: of none. */
    master: attribute(LinkAttribute.MASTER, u32),
    /** Index of the link below, or of the other end of a pair; in another namespace, if there is `linkNetnsid`. */
    link: attribute(LinkAttribute.LINK, s32),
    /** Id (`ip netns list-id`) of the namespace of `link`, or of the one in which a tunnel works; absent if it is this one. */
    linkNetnsid: attribute(LinkAttribute.LINK_NETNSID, s32),
    /** 1 with a carrier, 0 without. */
    carrier: attribute(LinkAttribute.CARRIER, u8),
    /** `IF_OPER_*` (RFC 2863): 0 unknown, 1 notpresent, 2 down, 3 lowerlayerdown, 4 testing, 5 dormant, 6 up. */
    operstate: attribute(LinkAttribute.OPERSTATE, u8),
    ...kindFields,
  },
})

/** A network interface as the kernel reports it. */
export type Link = Infer<typeof linkMessage>
