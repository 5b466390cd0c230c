import { ClosedError } from '@rtnl/netlink-core'
import { aborted, onAbort } from '@rtnl/netlink-core/internal'
import type { Link } from './message.ts'
import type { LinkTable } from './table.ts'

/** How an interface is followed. */
export interface FollowInterfaceOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
  /** Whether an interface that has changed is the same to its user. Default: whether it has the same index. */
  readonly isSame?: ((before: Link, now: Link) => boolean) | undefined
}

/**
 * Calls a function for each interface that has a name, one after the other, as interfaces are deleted, made again, and
 * renamed. Resolves when its signal aborts, and keeps the process alive until then.
 *
 * An interface that is deleted and made again is another one, even if it has the same index. So `use` ends before it can
 * act on an interface that merely has the index of the old one. Between the kernel's change and the message about it no
 * program can know of the change.
 * @param links the table of the namespace
 * @param name the name, or another name, of an interface
 * @param use is called with the interface that has the name now, or with `undefined` while none has. Its signal aborts
 *   when another interface, or none, has the name. The next call follows when this one has resolved
 * @throws what `use` throws; the error that ended the table, or `ClosedError` if it was closed
 */
export async function followInterface(
  links: LinkTable,
  name: string,
  use: (link: Link | undefined, signal: AbortSignal) => Promise<void>,
  { signal, isSame = hasSameIndex }: FollowInterfaceOptions = {},
): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const settle = onAbort(signal, end)
  links.closed.then(end)
  const { notifier } = links
  notifier.ref()
  try {
    while (!over.signal.aborted) {
      const link = find(links, name)
      const turn = new AbortController()
      const endTurn = (): void => turn.abort()
      const settleTurn = onAbort(over.signal, endTurn)
      const unobserve = links.observe(() => {
        const now = find(links, name)
        if (link === now || (link !== undefined && now !== undefined && isSame(link, now))) return
        endTurn()
      })
      try {
        await use(link, turn.signal)
        await aborted(turn.signal)
      } finally {
        unobserve()
        settleTurn()
      }
    }
  } finally {
    settle()
    notifier.unref()
  }
  if (signal?.aborted !== true) throw (await links.closed) ?? new ClosedError('table link')
}

function find(links: LinkTable, name: string): Link | undefined {
  const ifindex = links.ifindex(name)
  return ifindex === undefined ? undefined : links.get({ ifindex })
}

function hasSameIndex(before: Link, now: Link): boolean {
  return before.ifindex === now.ifindex
}
