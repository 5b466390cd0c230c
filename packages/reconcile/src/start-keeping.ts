import { type LiveTable, openTable } from '@rtnl/notifier'
import type { Desired } from './desired.ts'
import { Keeping, type KeepingOptions } from './keeping.ts'
import type { ReconcileRules } from './rules.ts'

/**
 * Keeps what is wanted, on a table that was read. Resolves once everything was tried once.
 * @param release gives up the claim
 */
export async function startKeeping<Entry, Wanted>(
  table: LiveTable<Entry>,
  rules: ReconcileRules<Entry, Wanted>,
  desired: Desired<Entry, Wanted>,
  release: () => void,
  options: KeepingOptions<Entry>,
): Promise<Keeping<Entry, Wanted>> {
  const { signal } = options
  const endings: (() => void)[] = [release, () => table.close()]
  let keeping: Keeping<Entry, Wanted> | undefined
  try {
    for (const definition of rules.hurries ?? []) {
      const other = await openTable(definition, { notifier: table.notifier, signal })
      endings.push(() => other.close())
      other.observe((old, next) => {
        if (old !== next) keeping?.hurry()
      })
    }
    // Aborted while the other tables were opened.
    signal?.throwIfAborted()
    keeping = new Keeping(table, rules, desired, options, endings)
    await untilSettled(keeping, signal)
    return keeping
  } catch (error) {
    // What is on its way to the kernel is carried out before the caller goes on.
    if (keeping !== undefined) await keeping[Symbol.asyncDispose]()
    else for (const ending of endings) ending()
    throw signal?.aborted === true ? signal.reason : error
  }
}

async function untilSettled<Entry, Wanted>(
  keeping: Keeping<Entry, Wanted>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const abort = (): void => keeping.close()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await keeping.settled()
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
