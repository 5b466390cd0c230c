import type { Stats } from 'node:fs'
import { setInterval } from 'node:timers'
import { loadAddon } from './addon.ts'
import { isGranted } from './environment.ts'
import { Errno, errnoName } from './errno.ts'
import { NetlinkError, NetnsGoneError } from './errors.ts'
import { fileSystem } from './file-system.ts'
import type { NativeError, NativeNamespace } from './transport/native-binding.ts'

/**
 * A network namespace: a name as made by `ip netns add` (a file under `/run/netns`), a path to a namespace file
 * (a text with a `/`), or the namespace of a process.
 */
export type Netns =
  | string
  | {
      /** Process id. */
      readonly pid: number
    }

/**
 * Opens a network namespace. The caller closes it.
 * Throws a `TypeError` for an impossible name, a `NetlinkError` if there is no such namespace (`ENOENT`) or the file is no
 * namespace (`EINVAL`).
 */
export function openNetns(netns: Netns): NativeNamespace {
  const path = pathOf(netns)
  requireFile(netns, path)
  try {
    return new (loadAddon().NetworkNamespace)(path)
  } catch (cause) {
    const { errno, syscall } = cause as Partial<NativeError>
    if (errno === undefined) throw cause
    const hint = syscall === 'ioctl' ? 'the file is no network namespace' : hintFor(errnoName(errno), netns, path)
    throw new NetlinkError(errno, { operation: `open network namespace ${describeNetns(netns)}`, hint, cause })
  }
}

/** What a file is that is no namespace, by the test of `Stats` that tells. The file of a namespace is a regular one. */
const otherFiles = [
  ['isDirectory', 'a directory'],
  ['isFIFO', 'a FIFO'],
  ['isSocket', 'a socket'],
  ['isCharacterDevice', 'a device'],
  ['isBlockDevice', 'a device'],
] as const

/** Refuses what cannot be a namespace before it is opened: to open a device can begin something. */
function requireFile(netns: Netns, path: string): void {
  // Deno would ask the user in the middle of it.
  if (!isGranted({ name: 'read', path })) return
  const stats = statsOf(path)
  for (const [test, what] of otherFiles) {
    if (stats?.[test]() !== true) continue
    const operation = `open network namespace ${describeNetns(netns)}`
    throw new NetlinkError(Errno.EINVAL, { operation, hint: `it is ${what}, and no network namespace` })
  }
}

/** `undefined` where there is no such file, or one may not look: opening it says why. */
function statsOf(path: string): Stats | undefined {
  try {
    return fileSystem().statSync(path)
  } catch {
    return undefined
  }
}

// Milliseconds between looks at the file.
const watchInterval = 1000

/**
 * Calls `gone` when a namespace has lost its name. Sockets keep a namespace alive, and the kernel sends no message for this. So a
 * timer checks once a second whether the file still is the namespace that was opened.
 * @returns a function that ends the watch
 */
export function watchNetns(
  netns: Netns,
  namespace: NativeNamespace,
  gone: (error: NetnsGoneError) => void,
): () => void {
  const path = pathOf(netns)
  const opened = identity(namespace.path)
  const timer = setInterval(() => {
    // A file that may not be read says nothing.
    const now = identity(path)
    if (opened === undefined || now === undefined || now === opened) return
    clearInterval(timer)
    gone(new NetnsGoneError(describeNetns(netns)))
  }, watchInterval)
  timer.unref()
  return () => clearInterval(timer)
}

/** The identity of the namespace of a file: `'none'` if there is no such file, `undefined` if it cannot be found out. */
function identity(path: string): string | undefined {
  try {
    const { dev, ino } = fileSystem().statSync(path)
    return `${dev} ${ino}`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ESRCH' ? 'none' : undefined
  }
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

function hintFor(code: string, netns: Netns, path: string): string | undefined {
  switch (code) {
    case 'ENOENT':
      if (typeof netns !== 'string') return 'there is no such process'
      return netns.includes('/') ? undefined : `there is no ${path}; \`ip netns\` lists the names`
    case 'EACCES':
      return typeof netns === 'string' ? undefined : "another user's process: this needs CAP_SYS_PTRACE"
    default:
      return undefined
  }
}
