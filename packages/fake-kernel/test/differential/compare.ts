import { isDeepStrictEqual } from 'node:util'
import { addressMessage } from '@rtnl/address'
import { BridgePortAttribute, LinkAttribute, LinkMessage, linkMessage } from '@rtnl/link'
import { NeighborFlag, NeighborMessage, NeighborType, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, ControlMessage, findAttribute } from '@rtnl/netlink-core'
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
  if (type === LinkMessage.NEW && body[0] === AddressFamily.BRIDGE) entry.port = portOf(view)
  if (isTold && type === LinkMessage.NEW) {
    entry.flags &= ~running
    delete entry.operstate
  }
  return { type, flags, from, seq, entry }
}

/** Data of a port of a bridge by type (`IFLA_PROTINFO`), but how many groups it has. */
function portOf(view: DataView): Record<number, number> {
  const at = findAttribute(view, 16, view.byteLength, LinkAttribute.PROTINFO)
  const end = at + view.getUint16(at - 4, true) - 4
  const types = Object.values(BridgePortAttribute).filter((type) => type !== BridgePortAttribute.MCAST_N_GROUPS)
  const found = types.flatMap((type) => {
    const place = findAttribute(view, at, end, type)
    if (place < 0) return []
    const size = view.getUint16(place - 4, true) - 4
    return [
      [
        type,
        size === 1 ? view.getUint8(place) : size === 2 ? view.getUint16(place, true) : view.getUint32(place, true),
      ],
    ]
  })
  return Object.fromEntries(found)
}

/**
 * Leaves out a link's notification that is as its one before: the kernel announces by itself what it notes of a carrier, or has
 * noted it in time for another notification. A port of a bridge it announces once more after the delay of a spanning tree, which
 * there is not.
 * @param ports the last notification of each port, which lasts
 */
export function withoutRepeats(told: readonly object[], ports: Map<unknown, object>): object[] {
  const links = new Map<unknown, object>()
  return told.filter((each) => {
    const { type, entry } = each as { type: number; entry?: { ifindex?: number; family?: number } }
    if (type !== LinkMessage.NEW) return true
    const last = entry?.family === AddressFamily.BRIDGE ? ports : links
    const isRepeat = isDeepStrictEqual(last.get(entry?.ifindex), each)
    last.set(entry?.ifindex, each)
    return !isRepeat
  })
}

/**
 * Whether a message is of a neighbour that the kernel made to send something, reports of groups that it is in, or of the addresses
 * that a device listens to (NTF_SELF), which the fake kernel does not know; or a proxy without an interface that outlived another
 * namespace.
 */
export function isLeftOut(message: object): boolean {
  const { type, entry } = message as {
    type: number
    entry?: { family: number; ifindex: number; type: number; flags: number; dst?: string }
  }
  if (entry === undefined || (type !== NeighborMessage.NEW && type !== NeighborMessage.DEL)) return false
  if (entry.family === AddressFamily.BRIDGE) return (entry.flags & NeighborFlag.SELF) !== 0
  if (entry.ifindex === 0) return true
  return entry.type === NeighborType.MULTICAST && (entry.family === AddressFamily.INET6 || entry.dst === igmpReports)
}

const igmpReports = '224.0.0.22'

/** What is told behind the last message of a port, by interface. */
export function byInterface(told: readonly object[]): object[] {
  const of = (each: object): { family?: number; ifindex?: number } => (each as { entry?: object }).entry ?? {}
  const last = told.findLastIndex((each) => of(each).family === AddressFamily.BRIDGE)
  const later = told.slice(last + 1).sort((a, b) => (of(a).ifindex ?? 0) - (of(b).ifindex ?? 0))
  return [...told.slice(0, last + 1), ...later]
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
