import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Runs in the new namespaces, before the test. `ip netns add` keeps its names under /var/run (a link to /run nearly
 * everywhere): the empty file system laid over it makes them private and, in a user namespace, writable.
 */
const PREPARE = `set -e
mount -t tmpfs -o mode=755 tmpfs "$(readlink -f /var/run)"
ip link set lo up
exec "$@"`

/** Settings that forbid user namespaces: the value that forbids, and what to say. */
const SETTINGS = [
  { name: 'user.max_user_namespaces', forbidding: '0', remedy: 'sysctl -w user.max_user_namespaces=10000' },
  { name: 'user.max_net_namespaces', forbidding: '0', remedy: 'sysctl -w user.max_net_namespaces=10000' },
  { name: 'user.max_mnt_namespaces', forbidding: '0', remedy: 'sysctl -w user.max_mnt_namespaces=10000' },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    forbidding: '1',
    remedy: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  },
  { name: 'kernel.unprivileged_userns_clone', forbidding: '0', remedy: 'sysctl -w kernel.unprivileged_userns_clone=1' },
]

/**
 * The settings of this kernel that forbid user namespaces, one line each.
 * @param {(name: string) => string | undefined} read gives a setting's value
 * @returns {string[]}
 */
export function forbiddingSettings(read) {
  return SETTINGS.filter(({ name, forbidding }) => read(name) === forbidding).map(
    ({ name, forbidding, remedy }) => `${name} is ${forbidding}; as root: ${remedy}`,
  )
}

/**
 * Whether a process with these mounts is in a chroot, where the kernel allows no user namespaces.
 * @param {string} mountinfo its file of /proc: proc(5); the fifth field is the mount point
 * @returns {boolean}
 */
export function isInChroot(mountinfo) {
  return !mountinfo.split('\n').some((mount) => mount.split(' ')[4] === '/')
}

/** @returns {string[]} */
function chroot() {
  try {
    const confined = isInChroot(readFileSync('/proc/self/mountinfo', 'utf8'))
    return confined
      ? ['this is a chroot, where the kernel allows no user namespaces: start it outside, or as root']
      : []
  } catch {
    return []
  }
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
function readSetting(name) {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * The words to put before a command so that it runs in a network and a mount namespace of its own, where it is root.
 * Without --fork and --pid: `unshare` becomes the command, so that its process id and its exit are the command's own,
 * and /proc, which a container may not mount anew, stays right.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 * @throws {Error} where this user may make none, with the cause
 */
export function namespacePrefix(env) {
  const ownUser = ['unshare', '-r', '-n', '-m', '--propagation', 'private']
  const asRoot = ['unshare', '-n', '-m', '--propagation', 'private']
  // Root of a container may lack CAP_SYS_ADMIN and still be allowed a user namespace.
  const attempts = process.getuid?.() === 0 ? [asRoot, ownUser] : [ownUser]
  const refusals = []
  for (const unshare of attempts) {
    const prefix = [...unshare, 'sh', '-c', PREPARE, 'sh']
    const [command = '', ...args] = [...prefix, 'true']
    const { status, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8' })
    if (status === 0) return prefix
    refusals.push(`${unshare.join(' ')}: ${error?.message ?? stderr.trim()}`)
  }
  throw new Error(
    [
      'network namespaces are needed, and none can be made here:',
      ...refusals,
      ...forbiddingSettings(readSetting),
      ...chroot(),
    ].join('\n  '),
  )
}
