import { Controller, type ControllerOptions, type ControllerParts } from './controller.ts'
import { Dependencies, dependenciesOf } from './waiting/dependencies.ts'

/**
 * Keeps what is desired, on a table that was read. Resolves when that has begun.
 * @param parts what there is already; `endings` give them up
 */
export async function startController<Entry, Wanted>(
  parts: Omit<ControllerParts<Entry, Wanted>, 'dependencies'>,
  options: ControllerOptions<Entry>,
): Promise<Controller<Entry, Wanted>> {
  const { signal } = options
  const { table, rules, desired } = parts
  const endings: (() => void)[] = [...parts.endings]
  try {
    const dependencies = await Dependencies.follow(dependenciesOf(rules), table.notifier, signal)
    endings.push(() => dependencies.close())
    // Aborted while the dependencies were opened.
    signal?.throwIfAborted()
    desired.useNamespace(dependencies.namespace)
    return new Controller({ ...parts, dependencies, endings }, options)
  } catch (error) {
    for (const ending of endings) ending()
    throw signal?.aborted === true ? signal.reason : error
  }
}

/** Resolves once everything was tried once; closes the keeping where the signal comes before that. */
export async function untilTried<Entry, Wanted>(
  controller: Controller<Entry, Wanted>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const abort = (): void => controller.close()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await controller.idle()
  } catch (error) {
    // What is on its way to the kernel is carried out before the caller goes on.
    await controller[Symbol.asyncDispose]()
    throw signal?.aborted === true ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
