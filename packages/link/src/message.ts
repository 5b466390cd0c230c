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
    family: header(u8),
    filler: hidden(u8),
    type: header(u16),
    ifindex: header(s32),
    flags: header(u32),
    change: hidden(u32),
  },
  attributes: {
    ifname: attribute(LinkAttribute.IFNAME, string(15)),
    altnames,
    kind,
    slaveKind,
    mtu: attribute(LinkAttribute.MTU, u32),
    address: attribute(LinkAttribute.ADDRESS, hardwareAddress),
    master: attribute(LinkAttribute.MASTER, u32),
    /** Index of the link below, or of the other end of a pair; in another namespace, if there is `linkNetnsid`. */
    link: attribute(LinkAttribute.LINK, s32),
    /** Id (`ip netns list-id`) of the namespace of `link`, or of the one in which a tunnel works; absent if it is this one. */
    linkNetnsid: attribute(LinkAttribute.LINK_NETNSID, s32),
    carrier: attribute(LinkAttribute.CARRIER, u8),
    operstate: attribute(LinkAttribute.OPERSTATE, u8),
    ...kindFields,
  },
})

/** A network interface as the kernel reports it. */
export type Link = Infer<typeof linkMessage>
