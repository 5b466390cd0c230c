import {
  AddressFamily,
  address,
  attribute,
  header,
  type Infer,
  message,
  nested,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { groupHeader, groupOfHeader } from '../../src/mdb/group.ts'

/** A request for a multicast group of a vxlan (`MDBA_SET_ENTRY`, `MDBE_ATTR_*`), which iproute2 knows since 6.4. */
const request = message('mdb', {
  header: { family: header(u8), ifindex: header(u32) },
  attributes: {
    entry: attribute(
      1,
      nested(
        'entry',
        { group: groupOfHeader },
        {
          header: { port: header(u32), state: header(u8), flags: header(u8), vid: header(u16), ...groupHeader },
          flag: false,
        },
      ),
    ),
    options: attribute(
      2,
      nested('options', {
        source: attribute(1, address),
        dst: attribute(5, address),
        dstPort: attribute(6, u16),
        vni: attribute(7, u32),
        srcVni: attribute(9, u32),
      }),
    ),
  },
})

export type VxlanOptions = NonNullable<Infer<typeof request>['options']>

/** @param ifindex of the vxlan, which is the port too */
export function vxlanGroupRequest(ifindex: number, group: string, options: VxlanOptions) {
  return {
    message: request,
    entry: {
      family: AddressFamily.BRIDGE,
      ifindex,
      entry: { port: ifindex, state: 1, flags: 0, vid: 0, group },
      options,
    },
  }
}
