import { unlessAborted } from '@rtnl/netlink-core/internal'
import type { Notifier } from '@rtnl/notifier'
import { anyDefinition, type TableDefinition } from './definition.ts'
import { LiveTable, type TablePlace } from './live-table.ts'
import { Reflector, type ReflectorPlace } from './reflector.ts'

interface Shared {
  readonly reflector: Reflector<unknown>
  /** Resolves once the first dump is complete. */
  readonly listed: Promise<void>
  users: number
}

/** One user's share of a reflector. */
export type ReflectorLease<Entry> = Pick<TablePlace<Entry>, 'reflector' | 'release'>

/** The reflectors of each notifier, one for each definition: started for the first user, ended with the last. */
const pools = new WeakMap<Notifier, Map<TableDefinition<unknown>, Shared>>()

/**
 * The reflector of a definition on a notifier, once it shows everything that happened in the kernel before the call.
 * @param open opens the tables that triggers depend on
 * @param signal ends the wait of this user alone
 * @throws {NetlinkError} the kernel refuses the first dump; the next user starts a new reflector
 */
export async function acquireReflector<Entry>(
  definition: TableDefinition<Entry>,
  notifier: Notifier,
  open: ReflectorPlace<unknown>['open'],
  signal: AbortSignal | undefined,
): Promise<ReflectorLease<Entry>> {
  const pool = poolOf(notifier)
  const known = pool.get(anyDefinition(definition))
  const shared = known ?? start(pool, anyDefinition(definition), notifier, open)
  shared.users++
  let isHeld = true
  const release = (): void => {
    if (!isHeld) return
    isHeld = false
    if (--shared.users === 0) shared.reflector.end(undefined)
  }
  const ready = async (): Promise<void> => {
    await shared.listed
    // The reflector dumped the table earlier. Notifications of later changes may still be queued.
    if (known !== undefined) await shared.reflector.waitForSync(signal)
  }
  try {
    await unlessAborted(ready(), signal)
    return { reflector: shared.reflector as Reflector<unknown> as Reflector<Entry>, release }
  } catch (error) {
    release()
    throw error
  }
}

function poolOf(notifier: Notifier): Map<TableDefinition<unknown>, Shared> {
  let pool = pools.get(notifier)
  if (pool === undefined) {
    pool = new Map()
    pools.set(notifier, pool)
  }
  return pool
}

function start(
  pool: Map<TableDefinition<unknown>, Shared>,
  definition: TableDefinition<unknown>,
  notifier: Notifier,
  open: ReflectorPlace<unknown>['open'],
): Shared {
  const reflector = new Reflector(definition, {
    notifier,
    open,
    view: (own) => new LiveTable({ definition, notifier, owned: false, reflector: own, release: () => {} }),
    ended: () => void pool.delete(definition),
  })
  const listed = reflector.start().catch((error: unknown) => {
    reflector.end(undefined)
    throw error
  })
  const shared: Shared = { reflector, listed, users: 0 }
  pool.set(definition, shared)
  return shared
}
