import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import { Connection } from '@rtnl/netlink-core'
import { isolation, ownNamespace, systemEnvironment } from '../demo/isolation.ts'

/** The runtime and the script that are running now, to be started again. */
function ownCommand(): string[] {
  const [, script = ''] = process.argv
  // Deno does not show the permissions with which it was started.
  return 'Deno' in globalThis
    ? [process.execPath, 'run', '-A', script]
    : [process.execPath, ...process.execArgv, script]
}

/**
 * Runs the demonstration as a process of its own, in a network namespace of its own.
 * @returns its exit code
 * @throws {Error} no socket can be opened or no namespace can be made here, with the cause
 */
export async function demonstrate(): Promise<number> {
  // Without the addon nothing of the scene would be seen.
  const connection = await Connection.open()
  connection.close()
  const [command = '', ...words] = await isolation()
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
