import { linkAffectsUsers, linkDefinition } from '@rtnl/link'
import { onTable, type TableTrigger } from '@rtnl/live-table'
import type { Address } from './message.ts'
import { inet6 } from './partitions.ts'

/**
 * When a link comes up, the kernel makes its link-local address and looks for others that have it; it sends a message when
 * that is over, and the address is there before. When a link goes down that keeps its addresses (`keep_addr_on_down`), these
 * become tentative without a message.
 */
export const linkTrigger: TableTrigger<Address> = onTable(linkDefinition, 'link', (old, next) =>
  linkAffectsUsers(old, next) ? [inet6] : [],
)
