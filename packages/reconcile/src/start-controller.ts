import { onAbort } from '@rtnl/netlink-core/internal'
import { Controller } from './controller.ts'
import type { ControllerOptions, ControllerParts } from './controller-options.ts'
import { Dependencies, dependenciesOf } from './waiting/dependencies.ts'

/**
 * Starts a controller of the desired entries on a table that was read. Resolves when it has started.
 * @param parts what is open already; `endings` close it
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

/** Resolves once every entry was tried once. Closes the controller if the signal comes before that. */
export async function untilTried<Entry, Wanted>(
  controller: Controller<Entry, Wanted>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const settle = onAbort(signal, () => controller.close())
  try {
    await controller.idle()
  } catch (error) {
    // The kernel carries out the requests in flight before the caller goes on.
    await controller[Symbol.asyncDispose]()
    throw signal?.aborted === true ? signal.reason : error
  } finally {
    settle()
  }
}
