/**
 * Error numbers of Linux that netlink answers with, by name (`asm-generic/errno-base.h`, `asm-generic/errno.h`).
 * Numbers are the same on x86-64 and arm64.
 */
const table: readonly (readonly [name: string, errno: number, text: string])[] = [
  ['EPERM', 1, 'operation not permitted'],
  ['ENOENT', 2, 'no such file or entry'],
  ['ESRCH', 3, 'no such process or entry'],
  ['EINTR', 4, 'interrupted'],
  ['EIO', 5, 'input/output error'],
  ['ENXIO', 6, 'no such device or address'],
  ['E2BIG', 7, 'argument list too long'],
  ['EBADF', 9, 'bad file descriptor'],
  ['EAGAIN', 11, 'try again'],
  ['ENOMEM', 12, 'out of memory'],
  ['EACCES', 13, 'permission denied'],
  ['EFAULT', 14, 'bad address'],
  ['EBUSY', 16, 'device or resource busy'],
  ['EEXIST', 17, 'entry exists'],
  ['ENODEV', 19, 'no such device'],
  ['ENOTDIR', 20, 'not a directory'],
  ['EINVAL', 22, 'invalid argument'],
  ['ENFILE', 23, 'too many open files in system'],
  ['EMFILE', 24, 'too many open files'],
  ['ENOSPC', 28, 'no space left'],
  ['ERANGE', 34, 'numerical result out of range'],
  ['ENAMETOOLONG', 36, 'name too long'],
  ['ENOSYS', 38, 'function not implemented'],
  ['ELOOP', 40, 'too many levels'],
  ['ENODATA', 61, 'no data available'],
  ['EOVERFLOW', 75, 'value too large'],
  ['EMSGSIZE', 90, 'message too long'],
  ['ENOPROTOOPT', 92, 'protocol option not supported'],
  ['EPROTONOSUPPORT', 93, 'protocol not supported'],
  ['EOPNOTSUPP', 95, 'operation not supported'],
  ['EPFNOSUPPORT', 96, 'protocol family not supported'],
  ['EAFNOSUPPORT', 97, 'address family not supported'],
  ['EADDRINUSE', 98, 'address in use'],
  ['EADDRNOTAVAIL', 99, 'address not available'],
  ['ENETDOWN', 100, 'network is down'],
  ['ENETUNREACH', 101, 'network is unreachable'],
  ['ENOBUFS', 105, 'no buffer space available'],
  ['ETIMEDOUT', 110, 'timed out'],
  ['EHOSTUNREACH', 113, 'no route to host'],
]

const byNumber = new Map(table.map(([name, errno, text]) => [errno, { name, text }]))

/** `1` → `'EPERM'`; a number that is not in the table gives `'E<number>'`. */
export function errnoName(errno: number): string {
  return byNumber.get(errno)?.name ?? `E${errno}`
}

/** The words for an error number, for messages to people. */
export function errnoText(errno: number): string {
  return byNumber.get(errno)?.text ?? `error ${errno}`
}
