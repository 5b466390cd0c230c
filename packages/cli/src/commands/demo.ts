import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import { Connection } from '@rtnl/netlink-core'
import { isolation, ownNamespace, systemEnvironment } from '../isolation/isolation.ts'
import { ownCommand } from '../isolation/own-command.ts'

/**
 * Runs the demonstration as a process of its own, in a network namespace of its own.
 * @returns its exit code
 * @throws {Error} no socket can be opened or no namespace can be made here, with the cause
 */
export async function demonstrate(): Promise<number> {
  // Without the addon nothing of the scene would be seen.
  const connection = await Connection.open()
  connection.close()
  const [command = '', ...words] = await isolation().catch((cause: Error) => {
    throw new Error(`the demonstration needs a network namespace of its own: ${cause.message}`, { cause })
  })
  const args = [...words, ...ownCommand(), 'demo', '--outside', ownNamespace()]
  const child = spawn(command, args, { stdio: 'inherit', env: systemEnvironment() })
  const relays = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const relay = (): void => {
      // After `child.kill` Deno says that the signal ended the process, whatever the process made of it.
      if (child.pid !== undefined) process.kill(child.pid, signal)
    }
    process.on(signal, relay)
    return () => process.off(signal, relay)
  })
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
    })
  } finally {
    for (const end of relays) end()
  }
}
