import { isDeepStrictEqual } from 'node:util'
import { addressMessage } from '@rtnl/address'
import { linkMessage } from '@rtnl/link'
import { ControlMessage } from '@rtnl/netlink-core'
import { nexthopMessage } from '@rtnl/nexthop'
import { routeMessage } from '@rtnl/route'
import { errorOf, type Received, type Side } from './side.ts'

const messages = new Map<number, { decodeStable(view: DataView, start: number, end: number): object }>([
  [16, linkMessage],
  [20, addressMessage],
  [24, routeMessage],
  [104, nexthopMessage],
])

/**
 * What is compared of a message. Left out are times (`IFA_CACHEINFO`), counters and all that the declarations do not know, the
 * numbers of port ids, and the place of an attribute that an extended ack names.
 */
export function comparable(received: Received, side: Side): object {
  const { type, flags, seq, pid, body } = received
  const error = errorOf(received)
  const from = pid === side.portId ? 'requester' : pid === 0 ? 'kernel' : 'another'
  if (error !== undefined) {
    return { type, from, seq, ...error, ...(type === ControlMessage.DONE ? { flags } : {}) }
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const entry = messages.get(type & ~3)?.decodeStable(view, 0, body.length)
  return { type, flags, from, seq, entry: entry === undefined ? undefined : JSON.parse(JSON.stringify(entry)) }
}

/** The first place where two lists differ, for people. */
export function differenceOf(real: readonly object[], fake: readonly object[]): string | undefined {
  for (let at = 0; at < Math.max(real.length, fake.length); at++) {
    if (isDeepStrictEqual(real[at], fake[at])) continue
    const rest = (list: readonly object[]): string =>
      list
        .slice(at, at + 4)
        .map((each) => `\n      ${JSON.stringify(each)}`)
        .join('')
    return `number ${at}\n    real:${rest(real)}\n    fake:${rest(fake)}`
  }
  return undefined
}
