import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whatForbidsNamespaces } from '../src/isolation/forbidden-namespaces.ts'

const forbidden = suite('what forbids namespaces')

// First lines of /proc/self/mountinfo on Debian 12, outside and inside a chroot that `mount --rbind` filled.
const outside = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n22 27 0:21 / /proc rw,relatime - proc proc rw\n'
const inside =
  '65 44 254:0 /usr /usr rw,relatime - ext4 /dev/vda rw,discard\n66 44 254:0 /usr/bin /bin rw,relatime - ext4 /dev/vda rw\n'

const causes = (files: Readonly<Record<string, string>>): string[] => whatForbidsNamespaces((path) => files[path])

forbidden('nothing is said where nothing is known to forbid them', () => {
  assert.equal(causes({}), [])
  const settings = { '/proc/sys/user/max_user_namespaces': '63000\n', '/proc/sys/user/max_net_namespaces': '63000\n' }
  assert.equal(causes({ ...settings, '/proc/self/mountinfo': outside, '/proc/self/status': 'Seccomp:\t0\n' }), [])
})

forbidden('settings, a chroot and a seccomp filter are named, with what to do', () => {
  assert.equal(
    causes({
      '/proc/sys/user/max_net_namespaces': '0\n',
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n',
      '/proc/self/mountinfo': inside,
      '/proc/self/status': 'NoNewPrivs:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\n',
    }),
    [
      'user.max_net_namespaces is 0; as root: sysctl -w user.max_net_namespaces=10000',
      'kernel.apparmor_restrict_unprivileged_userns is 1; as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
      'the process is in a chroot, where the kernel allows no user namespaces; start it outside, or as root',
      'a seccomp filter is on, as in containers; start the container with the capability SYS_ADMIN',
    ],
  )
})

forbidden.run()
