import process from 'node:process'
import { setTimeout } from 'node:timers'
import { onAbort } from '@rtnl/netlink-core/internal'

/** How long the reader of the output may still take what was written before. */
const graceMilliseconds = 200

/** By which a user, a terminal that closes or a service manager ends a program. */
const signals = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const

/** What a shell adds to the number of a signal that ended a program. */
const endedBySignal = 128

/**
 * Aborts with SIGINT, SIGTERM, SIGHUP, SIGQUIT, or the given signal: a command that runs until it is interrupted has then done
 * its work. A second signal ends the process at once. SIGHUP does so under `nohup` too, since the runtimes undo `nohup`
 * when they start.
 * @param cleansUp whether the command still has work to do after the signal, which takes time
 * @param milliseconds after which it aborts by itself; `undefined`: never
 */
export function stopSignal(broken: AbortSignal, cleansUp = false, milliseconds?: number): AbortSignal {
  const stop = new AbortController()
  const end = (): void => {
    stop.abort()
    // A reader that does not read would keep the process alive for ever.
    if (!cleansUp) setTimeout(() => process.exit(), graceMilliseconds).unref()
  }
  for (const [name, number] of Object.entries(signals)) {
    process.on(name, () => {
      // The work that is left is not done then, which is no success.
      if (stop.signal.aborted) process.exit(cleansUp ? endedBySignal + number : undefined)
      end()
    })
  }
  if (milliseconds !== undefined) setTimeout(end, milliseconds).unref()
  onAbort(broken, () => stop.abort(broken.reason))
  return stop.signal
}

/**
 * Runs a command that goes on until a signal or the end of its output, or for a time.
 * @throws the error that ended it before
 */
export async function untilStopped(
  broken: AbortSignal,
  run: (stop: AbortSignal) => Promise<void>,
  milliseconds?: number,
): Promise<void> {
  const stop = stopSignal(broken, false, milliseconds)
  try {
    await run(stop)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}
