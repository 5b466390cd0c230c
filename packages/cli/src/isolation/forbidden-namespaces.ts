import { readText } from '../read-text.ts'

/** Settings that forbid namespaces: the value that forbids, and one that allows. */
const settings = [
  { name: 'user.max_user_namespaces', forbidding: '0', allowing: '10000' },
  { name: 'user.max_net_namespaces', forbidding: '0', allowing: '10000' },
  { name: 'user.max_mnt_namespaces', forbidding: '0', allowing: '10000' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbidding: '1', allowing: '0' },
  { name: 'kernel.unprivileged_userns_clone', forbidding: '0', allowing: '1' },
]

/**
 * What may be the cause that this process may make no namespaces, one text each with what to do.
 * @param read gives a file of /proc; undefined where there is none
 */
export function whatForbidsNamespaces(read: (path: string) => string | undefined = readText): string[] {
  const causes = settings
    .filter(({ name, forbidding }) => read(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim() === forbidding)
    .map(({ name, forbidding, allowing }) => `${name} is ${forbidding}; as root: sysctl -w ${name}=${allowing}`)
  const mounts = read('/proc/self/mountinfo')?.trim().split('\n')
  // A process whose root is no mount of its own is in a chroot (mountinfo: proc(5), the fifth field is the mount point).
  if (mounts !== undefined && !mounts.some((mount) => mount.split(' ')[4] === '/'))
    causes.push('the process is in a chroot, where the kernel allows no user namespaces; start it outside, or as root')
  // SECCOMP_MODE_FILTER (linux/seccomp.h).
  if (/^Seccomp:\s*2$/m.test(read('/proc/self/status') ?? ''))
    causes.push('a seccomp filter is on, as in containers; start the container with the capability SYS_ADMIN')
  return causes
}
