import type { Scope } from '@rtnl/notifier'
import type { Link } from './message.ts'

/** All links: the kernel filters a dump by master or by kind only, and events that need a reading are rare. */
export const wholeTable: Scope<Link> = { name: 'all', request: {} }
