import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { command, type Ended, finish } from './rtnl.ts'

/** Users without rights write here, too. Whoever imports this removes it. */
export const folder = mkdtempSync(join(tmpdir(), 'rtnl-limited-'))
chmodSync(folder, 0o777)

/** The words before a command that make it run as nobody. */
export const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']

/** Where commands run: with a home that everybody may write. */
export const place = {
  cwd: new URL('../..', import.meta.url),
  env: { ...process.env, HOME: folder, TMPDIR: folder, DENO_DIR: folder },
}

/** Runs `rtnl` behind the words of another command, such as one that takes rights away. */
export function behind(prefix: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const [program = '', ...words] = [...prefix, ...command(), ...args]
  return finish(spawn(program, words, { ...place, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/**
 * Why `rtnl` cannot be run behind the words of another command; `undefined` if it can. A user namespace with one user has no
 * nobody, and a checkout may lie where nobody may not go; in CI this is not so.
 */
export function obstacleTo(prefix: readonly string[]): string | undefined {
  if (process.env.CI) return undefined
  const [program = '', ...words] = [...prefix, ...command(), '--version']
  const { status, stderr, error } = spawnSync(program, words, { ...place, encoding: 'utf8' })
  return status === 0 ? undefined : stderr || String(error)
}
