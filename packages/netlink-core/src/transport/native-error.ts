import { errnoName } from '../errno.ts'
import { ClosedError, NetlinkError } from '../errors.ts'
import type { NativeClosedError, NativeError } from './native-binding.ts'

/** What sandboxes answer to a system call that they do not let through. */
const FORBIDDEN: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'ENOSYS', 'EAFNOSUPPORT'])

/**
 * Calls the addon. A failed system call becomes a `NetlinkError`, the use of a closed socket a `ClosedError`. Every other
 * error is thrown as it is.
 * @param operation what is attempted, for people
 * @param permission what `EPERM` means here, for people
 */
export function attempt<Result>(operation: string, call: () => Result, permission?: string): Result {
  try {
    return call()
  } catch (cause) {
    const { errno, syscall, closed } = cause as Partial<NativeError & NativeClosedError>
    if (closed !== undefined) throw new ClosedError(closed, cause)
    if (errno === undefined) throw cause
    throw new NetlinkError(errno, {
      operation,
      hint: hintOf(syscall, errnoName(errno)) ?? (errnoName(errno) === 'EPERM' ? permission : undefined),
      cause,
    })
  }
}

function hintOf(syscall: string | undefined, code: string): string | undefined {
  if (syscall === 'setns' && code === 'EPERM') return 'entering a network namespace needs CAP_SYS_ADMIN'
  // The kernel refuses a socket of rtnetlink to no program: something else, such as a sandbox, did.
  if (syscall === 'socket' && FORBIDDEN.has(code)) {
    return 'AF_NETLINK is forbidden here: by a seccomp profile of the container, by RestrictAddressFamilies= of the systemd unit, or by a policy such as SELinux'
  }
  return undefined
}
