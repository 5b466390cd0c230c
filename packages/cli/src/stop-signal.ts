import process from 'node:process'
import { clearTimeout, setTimeout } from 'node:timers'
import { onAbort } from '@rtnl/netlink-core/internal'
import type { StandardOutput } from './output/standard-output.ts'

/** How long the reader of the output may still take what was written before. */
const graceMilliseconds = 200

/** By which a user, a terminal that closes or a service manager ends a program. */
const signals = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const

/** What a shell adds to the number of a signal that ended a program. */
const endedBySignal = 128

/** Acts at each signal of a kind, until the command has ended. */
export function onSignal(name: NodeJS.Signals, act: () => void, { ended }: StandardOutput): void {
  process.on(name, act)
  onAbort(ended, () => process.off(name, act))
}

/**
 * Aborts with SIGINT, SIGTERM, SIGHUP, SIGQUIT, or the given signal: a command that runs until it is interrupted has then done
 * its work. A second signal ends the process at once. SIGHUP does so under `nohup` too, since the runtimes undo `nohup`
 * when they start.
 * @param output when nothing can be written any more it aborts, too
 * @param cleansUp whether the command still has work to do after the signal, which takes time
 * @param milliseconds after which it aborts by itself; `undefined`: never
 */
export function stopSignal(output: StandardOutput, cleansUp = false, milliseconds?: number): AbortSignal {
  const { broken, ended } = output
  const stop = new AbortController()
  const later = (action: () => void, delay: number): void => {
    const timer = setTimeout(action, delay).unref()
    onAbort(ended, () => clearTimeout(timer))
  }
  const end = (): void => {
    stop.abort()
    // A reader that does not read would keep the process alive for ever.
    if (!cleansUp) later(() => process.exit(), graceMilliseconds)
  }
  for (const [name, number] of Object.entries(signals)) {
    const signalled = (): void => {
      // The work that is left is not done then, which is no success.
      if (stop.signal.aborted) process.exit(cleansUp ? endedBySignal + number : undefined)
      end()
    }
    onSignal(name as NodeJS.Signals, signalled, output)
  }
  if (milliseconds !== undefined) later(end, milliseconds)
  onAbort(broken, () => stop.abort(broken.reason))
  return stop.signal
}

/**
 * Runs a command that goes on until a signal or the end of its output, or for a time.
 * @throws the error that ended it before
 */
export async function untilStopped(
  output: StandardOutput,
  run: (stop: AbortSignal) => Promise<void>,
  milliseconds?: number,
): Promise<void> {
  const stop = stopSignal(output, false, milliseconds)
  try {
    await run(stop)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}
