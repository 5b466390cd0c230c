import {
  addressBytes,
  attribute,
  be16,
  type Composed,
  composed,
  type Kind,
  littleEndian,
  nested,
  presence,
  readAddress,
  span,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { BridgeAttribute, MacvlanAttribute, VlanAttribute, VrfAttribute, VxlanAttribute } from './constants.ts'

/** An address of either family, which the kernel has in an attribute of its own for each. */
function eitherAddress(ipv4: number, ipv6: number): Composed<string> {
  return composed({
    spans: [span(ipv4, 4), span(ipv6, 16)],
    read(view, _header, at4 = -1, _length4 = 0, at6 = -1) {
      if (at4 >= 0) return readAddress(view, at4, 4)
      return at6 >= 0 ? readAddress(view, at6, 16) : undefined
    },
    write(writer, value) {
      const bytes = addressBytes(value)
      const start = writer.begin(bytes.length === 4 ? ipv4 : ipv6)
      writer.raw(bytes)
      writer.end(start)
    },
  })
}

/** Data of kinds of links (`IFLA_INFO_DATA`), as far as they are fields of an entry. */

/** What a vxlan is made with. */
export const vxlan = nested('vxlan', {
  /** VNI, 0 to 2^24 - 1. */
  id: attribute(VxlanAttribute.ID, u32),
  /** The remote or multicast address that unknown destinations go to. */
  group: eitherAddress(VxlanAttribute.GROUP, VxlanAttribute.GROUP6),
  /** Interface index of the device below. */
  link: attribute(VxlanAttribute.LINK, u32),
  /** The source address of the tunnel, IPv4 or IPv6; absent: the kernel chooses one. */
  local: eitherAddress(VxlanAttribute.LOCAL, VxlanAttribute.LOCAL6),
  /** 1 where remotes are learned from what arrives. */
  learning: attribute(VxlanAttribute.LEARNING, u8),
  /** UDP port of the tunnel. */
  port: attribute(VxlanAttribute.PORT, be16),
  /** Present where packets carry a group policy. */
  gbp: attribute(VxlanAttribute.GBP, presence),
  /** 1 for a device that carries many VNIs (`external`). */
  collectMetadata: attribute(VxlanAttribute.COLLECT_METADATA, u8),
  /** 1 for one that takes only the VNIs that it has been given (`bridge vni`). */
  vnifilter: attribute(VxlanAttribute.VNIFILTER, u8),
})

export const vrf = nested('vrf', {
  /** Id of its routing table. */
  table: attribute(VrfAttribute.TABLE, u32),
})

export const macvlan = nested('macvlan', {
  /** `MACVLAN_MODE_*`: 1 private, 2 vepa, 4 bridge, 8 passthru, 16 source. */
  mode: attribute(MacvlanAttribute.MODE, u32),
})

export const bridge = nested('bridge', {
  /** Clock ticks, 100 a second. */
  ageingTime: attribute(BridgeAttribute.AGEING_TIME, u32),
  /** 0 without the spanning tree protocol, 1 by the kernel, 2 by a daemon. */
  stpState: attribute(BridgeAttribute.STP_STATE, u32),
  /** 1 where VLANs are filtered. Only kernels that can filter VLANs send it. */
  vlanFiltering: attribute(BridgeAttribute.VLAN_FILTERING, u8),
  /** EtherType, as that of a VLAN device. Only kernels that can filter VLANs send it. */
  vlanProtocol: attribute(BridgeAttribute.VLAN_PROTOCOL, be16),
  /** 1 where the bridge listens to who joins multicast groups. Only kernels that can do so send it. */
  mcastSnooping: attribute(BridgeAttribute.MCAST_SNOOPING, u8),
})

/** `struct ifla_vlan_flags`: the flags, and in requests which of them are meant. All are. */
const vlanFlags: Kind<number> = {
  name: 'flags',
  minimum: 8,
  maximum: 8,
  total: true,
  read: (view, offset) => view.getUint32(offset, littleEndian),
  write(writer, value) {
    u32.write(writer, value)
    u32.write(writer, 0xffffffff)
  },
}

export const vlan = nested('vlan', {
  /** 0 to 4095 */
  id: attribute(VlanAttribute.ID, u16),
  /** `VlanFlag` */
  flags: attribute(VlanAttribute.FLAGS, vlanFlags),
  /** EtherType: 0x8100 802.1Q, 0x88a8 802.1ad. */
  protocol: attribute(VlanAttribute.PROTOCOL, be16),
})
