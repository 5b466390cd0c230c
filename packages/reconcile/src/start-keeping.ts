import { type LiveTable, openTable } from '@rtnl/notifier'
import type { Desired } from './desired.ts'
import { Keeping, type KeepingOptions } from './keeping.ts'
import type { ReconcileRules } from './rules.ts'

/**
 * Keeps what is wanted, on a table that was read. Resolves once everything was tried once.
 * @param release gives up the claim
 */
export async function startKeeping<Entry>(
  table: LiveTable<Entry>,
  rules: ReconcileRules<Entry>,
  desired: Desired<Entry>,
  release: () => void,
  options: KeepingOptions<Entry>,
): Promise<Keeping<Entry>> {
  const { signal } = options
  const endings: (() => void)[] = [release]
  try {
    let hurry = (): void => {}
    for (const definition of rules.hurries ?? []) {
      const other = await openTable(definition, { notifier: table.notifier, signal })
      endings.push(() => other.close())
      other.observe((old, next) => {
        if (old !== next) hurry()
      })
    }
    const keeping = new Keeping(table, rules, desired, options, endings)
    hurry = () => keeping.hurry()
    const abort = (): void => keeping.close()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      // Aborted while the other tables were opened.
      signal?.throwIfAborted()
      await keeping.settled()
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    return keeping
  } catch (error) {
    for (const ending of endings) ending()
    table.close()
    throw signal?.aborted === true ? signal.reason : error
  }
}
