import { ControlMessage, littleEndian, messageHeaderLength } from '@rtnl/netlink-core'
import { Remark, type RemarkWord } from '../remarks.ts'

const nothing = controlMessage(ControlMessage.NOOP)
const loss = controlMessage(ControlMessage.OVERRUN)

/** The message that stands in the packet of a remark, since Wireshark takes a packet without one for malformed. */
export function messageOfRemark(word: RemarkWord): Uint8Array {
  return word === Remark.OVERRUN || word === Remark.TRUNCATED ? loss : nothing
}

function controlMessage(type: number): Uint8Array {
  const bytes = new Uint8Array(messageHeaderLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, littleEndian)
  view.setUint16(4, type, littleEndian)
  return bytes
}
