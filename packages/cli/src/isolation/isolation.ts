import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import process from 'node:process'
import { promisify } from 'node:util'
import { whatForbidsNamespaces } from './forbidden-namespaces.ts'

const run = promisify(execFile)

/** The environment of commands; distributions keep `ip` and `bridge` where an ordinary user's PATH may not lead. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':') }
}

/** Which network namespace the process is in: `net:[4026531840]`. */
export function ownNamespace(): string {
  return readlinkSync('/proc/self/ns/net')
}

/**
 * Refuses to go on in the network namespace of whoever started the process.
 * @param outside that namespace, as `ownNamespace` gave it there
 * @throws {Error} this is that namespace
 */
export function requireOther(outside: string): void {
  if (ownNamespace() === outside) throw new Error('the process was not given a network namespace of its own')
}

/**
 * Returns the arguments before a command that give it network and mount namespaces of its own, in which it is root.
 * @throws {Error} where this user may make none, with the cause
 */
export async function isolation(): Promise<string[]> {
  const asRoot = ['unshare', '--net', '--mount']
  const asUser = ['unshare', '--map-root-user', '--net', '--mount']
  const refusals: string[] = []
  // Root of a container may not be allowed namespaces and still be allowed a user namespace, which allows them.
  for (const words of process.getuid?.() === 0 ? [asRoot, asUser] : [asUser]) {
    const [command = '', ...args] = words
    try {
      await run(command, [...args, 'true'], { env: systemEnvironment() })
      return words
    } catch (error) {
      refusals.push(refusal(error))
    }
  }
  const causes = [...new Set([...refusals, ...whatForbidsNamespaces()])].join('; ')
  throw new Error(`no network namespace can be made here: ${causes}`)
}

function refusal(error: unknown): string {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
  if (code === 'ENOENT') return 'the command unshare is missing (package util-linux)'
  return stderr?.trim().split('\n')[0] || String(error)
}
