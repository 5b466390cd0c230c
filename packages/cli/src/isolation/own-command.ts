import process from 'node:process'

/** The runtime and the script that are running now, to be started again. */
export function ownCommand(): string[] {
  const [, script = ''] = process.argv
  // Deno does not show the permissions with which it was started.
  return 'Deno' in globalThis
    ? [process.execPath, 'run', '-A', script]
    : [process.execPath, ...process.execArgv, script]
}
