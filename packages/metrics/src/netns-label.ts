import type { Connection } from '@rtnl/netlink-core'

/**
 * The value of the label `netns`: what the network namespace was opened by (`blue`, `/run/netns/blue`, `process 123`), and the
 * connection's name otherwise (`own netns`).
 */
export function netnsLabel({ name }: Pick<Connection, 'name'>): string {
  const [, opened, process] = /^netns (?:'(.*)'|of (process \d+))$/s.exec(name) ?? []
  return opened ?? process ?? name
}
