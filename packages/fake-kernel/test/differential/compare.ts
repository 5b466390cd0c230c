import { isDeepStrictEqual } from 'node:util'
import { addressMessage } from '@rtnl/address'
import { LinkMessage, linkMessage } from '@rtnl/link'
import { NeighborMessage, NeighborType, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, ControlMessage } from '@rtnl/netlink-core'
import { nexthopMessage } from '@rtnl/nexthop'
import { routeMessage } from '@rtnl/route'
import { ruleMessage } from '@rtnl/rule'
import { errorOf, type Received, type Side } from './side.ts'

/** `IFF_RUNNING` */
const running = 0x40

const messages = new Map<number, { decodeStable(view: DataView, start: number, end: number): object }>([
  [16, linkMessage],
  [20, addressMessage],
  [24, routeMessage],
  [28, neighborMessage],
  [32, ruleMessage],
  [104, nexthopMessage],
])

/**
 * What is compared of a message. Left out are times (`IFA_CACHEINFO`), counters and all that the declarations do not know, the
 * numbers of port ids, and the place of an attribute that an extended ack names. The kernel notes the carrier of a link at a time
 * of its own: a notification shows what it had noted then (`IFF_RUNNING`, the operational state), and a dump at rest is compared.
 * @param isTold whether it is a notification
 */
export function comparable(received: Received, side: Side, isTold: boolean): object {
  const { type, flags, seq, pid, body } = received
  const error = errorOf(received)
  const from = pid === side.portId ? 'requester' : pid === 0 ? 'kernel' : 'another'
  if (error !== undefined) {
    return { type, from, seq, ...error, ...(type === ControlMessage.DONE ? { flags } : {}) }
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const decoded = messages.get(type & ~3)?.decodeStable(view, 0, body.length)
  const entry = decoded === undefined ? undefined : JSON.parse(JSON.stringify(decoded))
  if (isTold && type === LinkMessage.NEW) {
    entry.flags &= ~running
    delete entry.operstate
  }
  return { type, flags, from, seq, entry }
}

/**
 * Leaves out a link's notification that is as its one before: the kernel announces by itself what it notes of a carrier, or has
 * noted it in time for another notification.
 */
export function withoutRepeats(told: readonly object[]): object[] {
  const last = new Map<unknown, object>()
  return told.filter((each) => {
    const { type, entry } = each as { type: number; entry?: { ifindex?: number } }
    if (type !== LinkMessage.NEW) return true
    const isRepeat = isDeepStrictEqual(last.get(entry?.ifindex), each)
    last.set(entry?.ifindex, each)
    return !isRepeat
  })
}

/** Whether a message is of a neighbour that the kernel made to send something: reports of groups that it is in. */
export function isOfTraffic(message: object): boolean {
  const { type, entry } = message as { type: number; entry?: { family: number; type: number } }
  const isNeighbor = type === NeighborMessage.NEW || type === NeighborMessage.DEL
  return isNeighbor && entry?.family === AddressFamily.INET6 && entry.type === NeighborType.MULTICAST
}

/** The order of neighbours in a dump is that of a hash with a random number: any is as good. */
export function withoutOrder(answers: readonly object[]): object[] {
  const isNeighbor = (each: object): boolean => (each as { type: number }).type === NeighborMessage.NEW
  const texts = answers.filter(isNeighbor).map((each) => JSON.stringify(each))
  return [...texts.sort().map((text) => JSON.parse(text)), ...answers.filter((each) => !isNeighbor(each))]
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
