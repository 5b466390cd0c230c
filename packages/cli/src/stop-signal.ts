import process from 'node:process'
import { setTimeout } from 'node:timers'

/** How long the reader of the output may still take what was written before. */
const graceMilliseconds = 200

/**
 * Aborts with SIGINT, SIGTERM, or the given signal: a command that runs until it is told to end has done its work then.
 * A second SIGINT or SIGTERM ends the process at once.
 * @param cleansUp whether there is work left to do then, which takes its time
 */
export function stopSignal(broken: AbortSignal, cleansUp = false): AbortSignal {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit()
    stop.abort()
    // A reader that does not read would keep the process alive for ever.
    if (!cleansUp) setTimeout(() => process.exit(), graceMilliseconds).unref()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  if (broken.aborted) stop.abort(broken.reason)
  broken.addEventListener('abort', () => stop.abort(broken.reason), { once: true })
  return stop.signal
}
