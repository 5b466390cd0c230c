import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Settings that forbid user namespaces: the value that forbids, and what root can do. */
const settings = [
  { name: 'user.max_user_namespaces', forbidding: '0', remedy: 'user.max_user_namespaces=10000' },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    forbidding: '1',
    remedy: 'kernel.apparmor_restrict_unprivileged_userns=0',
  },
  { name: 'kernel.unprivileged_userns_clone', forbidding: '0', remedy: 'kernel.unprivileged_userns_clone=1' },
]

/** The environment of commands; distributions keep `ip` and `bridge` where an ordinary user's PATH may not lead. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':') }
}

/** Which network namespace the process is in: `net:[4026531840]`. */
export function ownNamespace(): string {
  return readlinkSync('/proc/self/ns/net')
}

/**
 * The words before a command that give it network and mount namespaces of its own, in which it is root.
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
  const remedies = settings
    .filter(({ name, forbidding }) => readSetting(name) === forbidding)
    .map(({ name, forbidding, remedy }) => `${name} is ${forbidding}; as root: sysctl -w ${remedy}`)
  const causes = [...new Set([...refusals, ...remedies])].join('; ')
  throw new Error(`the demonstration needs a network namespace of its own, and none can be made here: ${causes}`)
}

function refusal(error: unknown): string {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
  if (code === 'ENOENT') return 'the command unshare is missing (package util-linux)'
  return stderr?.trim().split('\n')[0] || String(error)
}

function readSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
