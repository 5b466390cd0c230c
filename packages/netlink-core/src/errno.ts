/**
 * Error numbers of Linux (`E*`) that netlink answers with (`asm-generic/errno-base.h`, `asm-generic/errno.h`). The numbers are the same on
 * x86-64 and arm64.
 */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  ENODATA: 61,
  EOVERFLOW: 75,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ETIMEDOUT: 110,
  EHOSTUNREACH: 113,
} as const

const texts: Readonly<Record<keyof typeof Errno, string>> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or entry',
  ESRCH: 'no such process or entry',
  EINTR: 'interrupted',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  E2BIG: 'argument list too long',
  EBADF: 'bad file descriptor',
  EAGAIN: 'try again',
  ENOMEM: 'out of memory',
  EACCES: 'permission denied',
  EFAULT: 'bad address',
  EBUSY: 'device or resource busy',
  EEXIST: 'entry exists',
  ENODEV: 'no such device',
  ENOTDIR: 'not a directory',
  EINVAL: 'invalid argument',
  ENFILE: 'too many open files in system',
  EMFILE: 'too many open files',
  ENOTTY: 'inappropriate request',
  ENOSPC: 'no space left',
  ERANGE: 'numerical result out of range',
  ENAMETOOLONG: 'name too long',
  ENOSYS: 'function not implemented',
  ELOOP: 'too many levels',
  ENODATA: 'no data available',
  EOVERFLOW: 'value too large',
  EMSGSIZE: 'message too long',
  ENOPROTOOPT: 'protocol option not supported',
  EPROTONOSUPPORT: 'protocol not supported',
  EOPNOTSUPP: 'operation not supported',
  EPFNOSUPPORT: 'protocol family not supported',
  EAFNOSUPPORT: 'address family not supported',
  EADDRINUSE: 'address in use',
  EADDRNOTAVAIL: 'address not available',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENOBUFS: 'no buffer space available',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'no route to host',
}

const names = Object.keys(Errno) as (keyof typeof Errno)[]
const byNumber = new Map<number, { readonly name: string; readonly text: string }>(
  names.map((name) => [Errno[name], { name, text: texts[name] }]),
)

/** `1` → `'EPERM'`; a number that is not in the table gives `'E<number>'`. */
export function errnoName(errno: number): string {
  return byNumber.get(errno)?.name ?? `E${errno}`
}

/** The text of an error number, for messages to people. */
export function errnoText(errno: number): string {
  return byNumber.get(errno)?.text ?? `error ${errno}`
}
