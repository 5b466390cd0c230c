import type { Check, CheckGroup } from '../check.ts'
import { type Program, rtnetlinkPrograms } from '../netlink-sockets.ts'

/** systemd-networkd; the kernel cuts names of processes after 15 bytes. */
const networkd = 'systemd-network'

/** The other programs that speak rtnetlink in this network namespace. */
export const ownerGroup: CheckGroup = {
  ids: ['owner.programs'],
  examine: () => [judgePrograms(rtnetlinkPrograms())],
}

/** @param programs all but this one */
export function judgePrograms(programs: readonly Pick<Program, 'pid' | 'name'>[]): Check {
  const id = 'owner.programs'
  const value = programs.map(({ pid, name }) => ({ pid: pid ?? null, name }))
  if (programs.length === 0) {
    return { id, level: 'green', text: 'no other program has a socket of rtnetlink here', value }
  }
  const names = programs.map(({ pid, name }) => (pid === undefined ? name : `${name} (process ${pid})`))
  const text = `other programs with sockets of rtnetlink here: ${names.join(', ')}`
  if (!programs.some(({ name }) => name === networkd)) return { id, level: 'green', text, value }
  return {
    id,
    level: 'yellow',
    text: `${text}. systemd-networkd removes routes, rules and nexthops that it did not make`,
    todo: 'set ManageForeignRoutes=no, ManageForeignRoutingPolicyRules=no and ManageForeignNextHops=no in networkd.conf',
    value,
  }
}
