import { Keeping, type KeepingOptions, type KeepingParts } from './keeping.ts'
import { Dependencies } from './waiting/dependencies.ts'

/**
 * Keeps what is desired, on a table that was read. Resolves once everything was tried once.
 * @param parts what there is already; `endings` give them up
 */
export async function startKeeping<Entry, Wanted>(
  parts: Omit<KeepingParts<Entry, Wanted>, 'dependencies'>,
  options: KeepingOptions<Entry>,
): Promise<Keeping<Entry, Wanted>> {
  const { signal } = options
  const { table, rules, desired } = parts
  const endings: (() => void)[] = [...parts.endings]
  let keeping: Keeping<Entry, Wanted> | undefined
  try {
    const { interfaces, dependencies: others = [] } = rules
    const list = interfaces === undefined ? others : [interfaces, ...others]
    const dependencies = await Dependencies.follow(list, table.notifier, signal)
    endings.push(() => dependencies.close())
    // Aborted while the dependencies were opened.
    signal?.throwIfAborted()
    desired.useInterfaces(dependencies.names)
    keeping = new Keeping({ ...parts, dependencies, endings }, options)
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
