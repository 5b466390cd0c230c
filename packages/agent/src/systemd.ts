import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Tells systemd how a service of `Type=notify` is; nothing, if systemd did not start the process so.
 * @param states of sd_notify(3): `READY=1`
 */
export async function notifySystemd(...states: readonly string[]): Promise<void> {
  if (process.env.NOTIFY_SOCKET === undefined) return
  // Node.js has no datagram sockets of files. The program is part of systemd.
  await run('systemd-notify', [`--pid=${process.pid}`, ...states])
}

/** Milliseconds between two signs of life that the watchdog of systemd wants; `undefined` without a watchdog. */
export function watchdogInterval(): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = process.env
  const microseconds = Number(WATCHDOG_USEC)
  if (!(microseconds > 0) || (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid)) return undefined
  // Half of the time, as sd_watchdog_enabled(3) recommends.
  return microseconds / 2000
}
