import type { Connection } from '@rtnl/netlink-core'
import { type CallOptions, Errno, NetlinkError } from '@rtnl/netlink-core'
import { lookupRoute, type RouteChoice } from '@rtnl/route'
import { checkQuestion, type Question } from './question.ts'

/** What the kernel says of a packet (`RTM_GETROUTE`): the route that it takes, or why it takes none. */
export type KernelAnswer =
  | {
      /** The route as its table has it. */
      readonly route: RouteChoice
      /** What the kernel makes of it for this packet: one hop, and the source address as `prefsrc`. */
      readonly choice: RouteChoice
    }
  | {
      /** `ENETUNREACH` (no route), `EHOSTUNREACH`, `EACCES`, `EINVAL`, ... */
      readonly errno: number
    }

/** The answers of the kernel, by `questionKey`. */
export type KernelAnswers = ReadonlyMap<string, KernelAnswer>

/**
 * A text that two questions have in common if the kernel is asked the same of both.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value
 */
export function questionKey(question: Question): string {
  const { dst, src, oif } = checkQuestion(question)
  return [dst, src ?? '', oif ?? ''].join(' ')
}

/**
 * Asks the kernel which route a packet takes.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing is sent
 * @throws as `Connection.request`, if the kernel says nothing about the packet
 */
export async function askKernel(
  connection: Connection,
  { dst, src, oif }: Question,
  options: CallOptions = {},
): Promise<KernelAnswer> {
  const lookup = { dst, src, oif }
  try {
    const choice = await lookupRoute(connection, { ...lookup, fibMatch: false }, options)
    const route = choice && (await lookupRoute(connection, lookup, options))
    return choice === undefined || route === undefined ? { errno: Errno.ENETUNREACH } : { route, choice }
  } catch (error) {
    if (error instanceof NetlinkError && refusals.has(error.errno)) return { errno: error.errno }
    throw error
  }
}

/** What the kernel answers of a packet that it does not send. */
const refusals: ReadonlySet<number> = new Set([
  Errno.ENETUNREACH,
  Errno.EHOSTUNREACH,
  Errno.EACCES,
  Errno.EINVAL,
  Errno.ENODEV,
  Errno.ENETDOWN,
])
