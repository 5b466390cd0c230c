import { systemTransports } from '@rtnl/netlink-core/internal'
import { count } from '../../output/count.ts'
import { readText } from '../../read-text.ts'
import type { Check, CheckGroup } from '../check.ts'

const MIB = 1024 * 1024
/** What a notifier asks for, unless told. The kernel grants twice of it. */
const asked = 32 * MIB
/** What the kernel counts for a small notification, in bytes. */
const notificationBytes = 830

const limitFile = '/proc/sys/net/core/rmem_max'

/** The receive buffer of a socket for notifications: what the kernel grants of what is asked for. */
export const bufferGroup: CheckGroup = {
  ids: ['buffer.receive'],
  examine(patient) {
    patient.connection()
    const transports = systemTransports({ receiveBuffer: asked })
    try {
      const socket = transports.open('notification')
      const { receiveBuffer } = socket.stats()
      socket.close()
      return [judgeBuffer(receiveBuffer, Number(readText(limitFile) ?? Number.NaN))]
    } finally {
      transports.close()
    }
  },
}

/**
 * @param granted bytes, by the kernel's count, which is twice what is asked for
 * @param limit `net.core.rmem_max`; `NaN` if it cannot be read
 */
export function judgeBuffer(granted: number, limit: number): Check {
  const id = 'buffer.receive'
  const room = count(Math.floor(granted / notificationBytes))
  const text = `${size(granted)} granted of ${size(2 * asked)} asked for: room for ${room} small notifications`
  const value = { asked: 2 * asked, granted, rmemMax: Number.isNaN(limit) ? null : limit }
  if (granted >= 2 * asked) return { id, level: 'green', text, value }
  const limited = Number.isNaN(limit) ? 'by net.core.rmem_max' : `by net.core.rmem_max, which is ${limit}`
  return {
    id,
    level: 'yellow',
    text: `${text}; limited ${limited}. What does not fit is dropped, and tables are read again`,
    todo: `sysctl -w net.core.rmem_max=${asked} on the host, or give it CAP_NET_ADMIN in the initial user namespace`,
    value,
  }
}

function size(bytes: number): string {
  return bytes < MIB ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / MIB)} MiB`
}
