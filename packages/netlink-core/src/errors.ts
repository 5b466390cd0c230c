import { Errno, errnoName, errnoText } from './errno.ts'

/** What is known of a refused request beside its error number. */
export interface NetlinkErrorDetails {
  /** What was attempted, for people: `'add nexthop id 5'`, `'dump nexthop'`, `'open socket'`. */
  readonly operation: string
  /** The kernel's own words (`NLMSGERR_ATTR_MSG`). */
  readonly extack?: string | undefined
  /** Path of the attribute that the kernel points at (`NLMSGERR_ATTR_OFFS`), as field names: `'group'`. */
  readonly attribute?: string | undefined
  /** What to do about it, added to the message in parentheses. */
  readonly hint?: string | undefined
  /** What it follows from. */
  readonly cause?: unknown
}

/**
 * An error that the kernel answered with, or a system call failed with.
 * `message` reads `add nexthop id 5: Nexthop device is not up (ENETDOWN, attribute oif)`.
 */
export class NetlinkError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'NetlinkError'
  /** Name of the error number: `'EPERM'`. */
  readonly code: string
  /** Positive error number, as in `errno.h`. */
  readonly errno: number
  /** What was attempted, for people: `add nexthop id 5`. */
  readonly operation: string
  /** The kernel's own words, if it had any. */
  readonly extack: string | undefined
  /** The field that the kernel points at, if it points at one. */
  readonly attribute: string | undefined

  constructor(errno: number, details: NetlinkErrorDetails) {
    const code = errnoName(errno)
    const where = details.attribute === undefined ? '' : `, attribute ${details.attribute}`
    const hint = details.hint === undefined ? '' : ` (${details.hint})`
    super(`${details.operation}: ${details.extack ?? errnoText(errno)} (${code}${where})${hint}`, {
      cause: details.cause,
    })
    this.code = code
    this.errno = errno
    this.operation = details.operation
    this.extack = details.extack
    this.attribute = details.attribute
  }
}

/** Bytes that are no message of the expected form: cut short, overlapping, or with a value of the wrong size. */
export class DecodeError extends RangeError {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'DecodeError'
  /** Name of the message declaration, or `'netlink'` for the header itself. */
  readonly messageName: string
  /** Field names from the outside in, joined by dots; empty for the message itself. */
  readonly path: string
  /** Offset of the offending byte from the start of the buffer that was decoded. */
  readonly offset: number

  constructor(messageName: string, path: string, offset: number, problem: string) {
    super(`${messageName}${path === '' ? '' : `.${path}`} at byte ${offset}: ${problem}`)
    this.messageName = messageName
    this.path = path
    this.offset = offset
  }
}

/** The object was closed before or during the call. */
export class ClosedError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'ClosedError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_CLOSED'
  constructor(what: string, cause?: unknown) {
    super(`${what} is closed`, { cause })
  }
}

/** A request or dump got no answer in time, or a dump did not end. */
export class TimeoutError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'TimeoutError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_TIMEOUT'
  constructor(operation: string, milliseconds: number, missing = 'answer') {
    super(`${operation}: no ${missing} within ${milliseconds} ms`)
  }
}

/** A dump was interrupted by changes more often than was allowed (`NLM_F_DUMP_INTR`). */
export class DumpInterruptedError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'DumpInterruptedError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_DUMP_INTERRUPTED'
  constructor(operation: string, attempts: number) {
    super(`${operation}: the table changed during each of ${attempts} attempts to read it`)
  }
}

/**
 * The kernel could not put an entry into a dump, since the entry takes more than the 32 KiB of the largest datagram: a route
 * with some thousand hops, or by a nexthop group with as many members; a group of more than 4,000 members. The entries before
 * it are right; it and the entries behind it are missing. Further dumps end in the same way until the entry is deleted.
 */
export class DumpTruncatedError extends NetlinkError {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'DumpTruncatedError'

  constructor(operation: string, extack?: string) {
    super(Errno.EMSGSIZE, {
      operation,
      extack,
      hint: 'an entry does not fit into the 32 KiB of a datagram; it and all entries behind it were not read',
    })
  }
}

/** This system has no netlink, or the addon was not built for it. */
export class UnsupportedError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'UnsupportedError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_UNSUPPORTED'
}

/** The network namespace has lost its name: it was deleted, or the process that it was named by has ended. */
export class NetnsGoneError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'NetnsGoneError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_NETNS_GONE'

  /** @param netns for people: `'blue'` */
  constructor(netns: string) {
    super(`network namespace ${netns} is gone`)
  }
}
