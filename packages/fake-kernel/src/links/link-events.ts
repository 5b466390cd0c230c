import type { FakeLink } from './link.ts'

/** What the kernel tells its parts of an interface (`NETDEV_*`). */
export type LinkEvent = 'up' | 'down' | 'change' | 'unregister'

/** A part of the kernel that has something to do when an interface changes. */
export type LinkListener = (event: LinkEvent, link: FakeLink) => void
