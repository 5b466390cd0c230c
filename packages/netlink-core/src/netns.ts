import { NetlinkError } from './errors.ts'
import { loadBinding, type NativeError } from './transport/native-binding.ts'

/**
 * A network namespace: a name as made by `ip netns add` (a file under `/run/netns`), a path to a namespace file
 * (a text with a `/`), or the namespace of a process.
 */
export type Netns = string | { readonly pid: number }

const ENOENT = 2
const EACCES = 13
const ENOTTY = 25
const EINVAL = 22

/**
 * Opens a network namespace and returns a file descriptor, to be closed with `closeNetns`.
 * Throws a `TypeError` for what cannot be a name, a `NetlinkError` when there is no such namespace (`ENOENT`) or the
 * file is none (`EINVAL`).
 */
export function openNetns(netns: Netns): number {
  const path = pathOf(netns)
  try {
    return loadBinding().openNetworkNamespace(path)
  } catch (cause) {
    const { errno } = cause as NativeError
    if (errno === undefined) throw cause
    throw new NetlinkError(errno === ENOTTY ? EINVAL : errno, {
      operation: `open network namespace ${describeNetns(netns)}`,
      hint: hintFor(errno, netns, path),
      cause,
    })
  }
}

/** Closes a descriptor of `openNetns`. Sockets that were opened in the namespace stay there. */
export function closeNetns(descriptor: number): void {
  loadBinding().closeDescriptor(descriptor)
}

function pathOf(netns: Netns): string {
  if (typeof netns === 'object' && netns !== null) {
    const { pid } = netns
    if (!Number.isInteger(pid) || pid <= 0) throw new TypeError(`netns.pid is ${String(pid)}, not a process id`)
    return `/proc/${pid}/ns/net`
  }
  if (typeof netns !== 'string' || netns === '' || netns === '.' || netns === '..' || netns.includes('\0')) {
    throw new TypeError(`netns is ${JSON.stringify(netns)}, not a name, a path or { pid }`)
  }
  return netns.includes('/') ? netns : `/run/netns/${netns}`
}

/** For people. */
export function describeNetns(netns: Netns): string {
  return typeof netns === 'string' ? `'${netns}'` : `of process ${netns.pid}`
}

function hintFor(errno: number, netns: Netns, path: string): string | undefined {
  switch (errno) {
    case ENOENT:
      if (typeof netns !== 'string') return 'there is no such process'
      return netns.includes('/') ? undefined : `there is no ${path}; \`ip netns\` lists the names`
    case EACCES:
      return typeof netns === 'string' ? undefined : "another user's process: this needs CAP_SYS_PTRACE"
    case ENOTTY:
      return 'the file is no network namespace'
    default:
      return undefined
  }
}
