import { openTable } from '@rtnl/live-table'
import { type Dependency, type Need, nameOf } from '@rtnl/reconcile/declarations'
import { nexthopDefinition } from '../table.ts'

/** The need for a nexthop object. @param id its id */
export function needOfNexthop(id: number): Need {
  return `nexthop ${id}`
}

/** Nexthop objects as what groups, routes and forwarding entries need. All users of a notifier share one table of them. */
export const nexthopDependency: Dependency = {
  kinds: ['nexthop'],
  async follow(notifier, changed, signal) {
    const table = await openTable(nexthopDefinition, { notifier, signal })
    table.observe((old, next) => {
      const id = (next ?? old)?.id
      if (id !== undefined && old !== next) changed(needOfNexthop(id))
    })
    return {
      isMet: (need) => table.get({ id: Number(nameOf(need)) }) !== undefined,
      fresh: () => table.waitForSync(),
      describe: (need) => `nexthop ${nameOf(need)}, which does not exist`,
      close: () => table.close(),
    }
  },
}
