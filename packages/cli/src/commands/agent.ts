import { setInterval } from 'node:timers'
import {
  Agent,
  type AgentConfig,
  ConfigError,
  checkDesired,
  notifySystemd,
  readConfig,
  watchdogInterval,
} from '@rtnl/agent'
import { aborted } from '@rtnl/netlink-core/internal'
import { UsageError } from '@rtnl/tables'
import { errorLine } from '../output/error-line.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { onSignal } from '../stop-signal.ts'

export interface AgentCommand {
  /** A file; `undefined`: the default one, which need not exist. */
  readonly config: string | undefined
  /** Nothing is done but to check. */
  readonly check: boolean
}

/**
 * Runs an agent until a signal.
 * @throws {UsageError} the configuration is not as it has to be; with `check` also: a file of desired entries
 */
export async function agent({ config: file, check }: AgentCommand, output: StandardOutput): Promise<void> {
  const config = await configOf(file)
  if (check) return await output.write(await checked(config))
  // Before anything is open, so that no signal ends the process in the middle.
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) onSignal(signal, () => stop.abort(), output)
  let reloading: Promise<void> = Promise.resolve()
  let isStarted = false
  const again = (): void => {
    if (isStarted) reloading = reloading.then(() => reload(running, file, output))
  }
  onSignal('SIGHUP', again, output)
  const reported = new Set<string>()
  const tell = (error: unknown): void => output.complain(errorLine(error))
  const running = await Agent.start(config)
  isStarted = true
  await using _ = running
  const { address } = running
  if (address !== undefined) {
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    output.complain(`rtnl: serving http://${host}:${address.port}/status`)
  }
  await tellProblems(running, reported, output)
  await notifySystemd('READY=1')
  const look = setInterval(() => void tellProblems(running, reported, output), lookInterval)
  const beat = watchdogInterval()
  const watchdog =
    beat === undefined ? undefined : setInterval(() => void notifySystemd('WATCHDOG=1').catch(tell), beat)
  await aborted(stop.signal)
  clearInterval(look)
  clearInterval(watchdog)
  await notifySystemd('STOPPING=1')
  await reloading
}

/** Milliseconds between two looks at what is wrong. */
const lookInterval = 1000

async function configOf(file: string | undefined): Promise<AgentConfig> {
  try {
    return await readConfig(file)
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error
  }
}

/** @returns a text for people @throws {UsageError} a file is not as it has to be */
async function checked({ tables, desired }: AgentConfig): Promise<string> {
  const { sets, errors } = await checkDesired(desired)
  if (errors.length > 0) throw new UsageError(errors.map(({ message }) => message).join('\n'))
  const entries = sets.reduce((sum, set) => sum + set.entries.length, 0)
  return `good: ${tables.length} tables, ${sets.length} sets of ${entries} desired entries\n`
}

async function reload(running: Agent, file: string | undefined, output: StandardOutput): Promise<void> {
  try {
    await notifySystemd('RELOADING=1')
    await running.reload(await configOf(file))
    output.complain('rtnl: reloaded')
  } catch (error) {
    // It goes on as before.
    output.complain(errorLine(error))
  } finally {
    await notifySystemd('READY=1')
  }
}

/** Prints what is wrong once, and that it is over. */
async function tellProblems(running: Agent, reported: Set<string>, output: StandardOutput): Promise<void> {
  const { reasons } = await running.status()
  for (const reason of reported) {
    if (reasons.includes(reason)) continue
    reported.delete(reason)
    output.complain(`rtnl: over: ${reason}`)
  }
  for (const reason of reasons) {
    if (reported.has(reason)) continue
    reported.add(reason)
    output.complain(`rtnl: ${reason}`)
  }
}
