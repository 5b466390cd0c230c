import {
  type CallOptions,
  type Connection,
  checkNumber,
  Errno,
  MessageFlag,
  NetlinkError,
  type Request,
} from '@rtnl/netlink-core'
import { checkEntry, checkId, type NexthopEntry } from './check.ts'
import { NexthopMessage } from './constants.ts'
import { type Nexthop, nexthopMessage } from './message.ts'

/** Weights beyond need Linux 6.12. */
const largestOldWeight = 255
/** What older kernels say of one: its high byte was reserved, or it is the largest that fits into the low byte. */
const oldRefusal = /^(Reserved field|Invalid value for weight)/

/**
 * Adds a nexthop or a group.
 * @returns its id: that of the entry or, without one, the id that the kernel picked
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was changed
 * @throws {NetlinkError} the kernel refused: the id is taken (`EEXIST`), the device is down (`ENETDOWN`), ...
 */
export async function addNexthop(
  connection: Connection,
  entry: NexthopEntry,
  options: CallOptions = {},
): Promise<number> {
  const request = checkEntry(entry)
  const { id } = request
  // The answer to a replacement would also hold the routes that use the nexthop; a new one has none.
  const echo = id === undefined ? MessageFlag.ECHO : 0
  const [added] = await write(connection, 'add', MessageFlag.CREATE | MessageFlag.EXCL | echo, request, options)
  return id ?? checkId(added?.id)
}

/**
 * Replaces a nexthop or a group, or adds it if there is none with its id. Fields that are left out are cleared. The
 * kernel keeps a group a group, its type and its number of buckets.
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was changed
 * @throws {NetlinkError} the kernel refused
 */
export async function replaceNexthop(
  connection: Connection,
  entry: NexthopEntry,
  options: CallOptions = {},
): Promise<void> {
  const request = checkEntry(entry)
  checkId(request.id)
  await write(connection, 'replace', MessageFlag.CREATE | MessageFlag.REPLACE, request, options)
}

/**
 * Deletes a nexthop or a group. The kernel takes a nexthop out of the groups that have it, and deletes a group that
 * is left empty.
 * @throws {TypeError | RangeError} the id is no number in 1..4294967295
 * @throws {NetlinkError} there is none (`ENOENT`)
 */
export async function deleteNexthop(connection: Connection, id: number, options: CallOptions = {}): Promise<void> {
  await connection.request(
    { ...requestFor(NexthopMessage.DEL, { id: checkId(id) }), operation: `delete nexthop id ${id}` },
    options,
  )
}

/**
 * Deletes all nexthops and groups of one routing protocol (`RTPROT_*`), groups first. A request to delete an id cannot name
 * the protocol, so the function reads the nexthops before. If somebody gives an id to a new nexthop in between, that one is
 * deleted too.
 * @returns ids that were deleted
 * @throws {RangeError} the protocol is not in 0..255
 * @throws {AggregateError} the kernel refused to delete some; the others are deleted
 */
export async function flushNexthops(
  connection: Connection,
  { protocol }: { readonly protocol: number },
  options: CallOptions = {},
): Promise<number[]> {
  checkNumber('protocol', protocol, 0, 0xff)
  const groups: number[] = []
  const singles: number[] = []
  for await (const batch of dumpNexthops(connection, options)) {
    for (const { id, group, protocol: owner } of batch) {
      if (id !== undefined && owner === protocol) (group === undefined ? singles : groups).push(id)
    }
  }
  const ids = [...groups, ...singles]
  const results = await Promise.allSettled(ids.map((id) => deleteNexthop(connection, id, options)))
  options.signal?.throwIfAborted()
  const errors = results.flatMap((result) =>
    result.status === 'rejected' && !isMissing(result.reason) ? [result.reason] : [],
  )
  if (errors.length > 0) throw new AggregateError(errors, `flush nexthops of protocol ${protocol}: ${errors[0]}`)
  return ids.filter((_, index) => results[index]?.status === 'fulfilled')
}

/**
 * Reads one nexthop or group.
 * @returns `undefined` if there is none
 * @throws {TypeError | RangeError} the id is no number in 1..4294967295
 */
export async function getNexthop(
  connection: Connection,
  id: number,
  options: CallOptions = {},
): Promise<Nexthop | undefined> {
  const request = { ...requestFor(NexthopMessage.GET, { id: checkId(id) }), operation: `get nexthop id ${id}` }
  try {
    const [nexthop] = await connection.request(request, options)
    return nexthop
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Reads all nexthops and groups once, in batches, by id. See `Connection.dump` for the errors. */
export function dumpNexthops(
  connection: Connection,
  options: CallOptions = {},
): AsyncGenerator<Nexthop[], void, undefined> {
  return connection.dump({ ...requestFor(NexthopMessage.GET, {}), operation: 'dump nexthop' }, options)
}

function requestFor(type: number, entry: NexthopEntry): Omit<Request<Nexthop>, 'operation'> {
  return { message: nexthopMessage, type, entry }
}

function isMissing(error: unknown): boolean {
  return error instanceof NetlinkError && error.errno === Errno.ENOENT
}

async function write(
  connection: Connection,
  verb: 'add' | 'replace',
  flags: number,
  entry: NexthopEntry,
  options: CallOptions,
): Promise<Nexthop[]> {
  const operation = entry.id === undefined ? `${verb} nexthop` : `${verb} nexthop id ${entry.id}`
  try {
    return await connection.request({ ...requestFor(NexthopMessage.NEW, entry), flags, operation }, options)
  } catch (error) {
    throw weightRefusal(error, entry) ?? error
  }
}

/**
 * Before Linux 6.12 the kernel refuses a group with a weight of more than 255. A program cannot find out beforehand. But the kernel refuses before it changes anything, so the refusal is as good as a check.
 */
function weightRefusal(error: unknown, { group }: NexthopEntry): RangeError | undefined {
  if (!(error instanceof NetlinkError) || error.errno !== Errno.EINVAL || !oldRefusal.test(error.extack ?? '')) {
    return undefined
  }
  const index = group?.findIndex(({ weight }) => weight > largestOldWeight) ?? -1
  if (index < 0) return undefined
  const problem = `${group?.[index]?.weight} is not in 1..${largestOldWeight}; more needs Linux 6.12`
  return new RangeError(`nexthop.group[${index}].weight: ${problem}`, { cause: error })
}
