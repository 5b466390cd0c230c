import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isolation, ownNamespace, systemEnvironment } from '../../isolation/isolation.ts'
import { ownCommand } from '../../isolation/own-command.ts'
import type { Trial } from './try-out.ts'

const run = promisify(execFile)

/** Emulated machines are slow. */
const longestSeconds = 180

/**
 * Tries all features in a process of its own, in a network namespace of its own, which goes with it.
 * @throws {Error} no namespace can be made here, or the process failed
 */
export async function tryIsolated(): Promise<Trial> {
  const [command = '', ...words] = await isolation().catch((cause: Error) => {
    throw new Error(`it needs CAP_SYS_ADMIN or user namespaces: ${cause.message}`, { cause })
  })
  try {
    const { stdout } = await run(command, [...words, ...ownCommand(), 'doctor', '--outside', ownNamespace()], {
      env: systemEnvironment(),
      timeout: longestSeconds * 1000,
      killSignal: 'SIGKILL',
    })
    return JSON.parse(stdout)
  } catch (error) {
    const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string }
    const why = killed === true ? `it took longer than ${longestSeconds} seconds` : stderr?.trim() || String(error)
    throw new Error(`trying it in a network namespace of its own failed: ${why}`, { cause: error })
  }
}
