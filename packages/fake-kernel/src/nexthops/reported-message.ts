import { littleEndian, Message, type Writer } from '@rtnl/netlink-core'
import { type Nexthop, NexthopAttribute, nexthopMessage, weightHighByteValid } from '@rtnl/nexthop'

/** Messages as the kernel sends them: it says with each group that it fills the high bytes of the weights. */
class ReportedNexthopMessage extends Message<Nexthop> {
  override encode(writer: Writer, entry: Partial<Nexthop>): void {
    super.encode(writer, entry, entry.group === undefined ? [] : [wideWeights])
  }
}

const payload = new Uint8Array(4)
new DataView(payload.buffer).setUint32(0, weightHighByteValid, littleEndian)
const wideWeights = { type: NexthopAttribute.OP_FLAGS, payload }

export const reportedNexthopMessage: Message<Nexthop> = new ReportedNexthopMessage(nexthopMessage.set)
