import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, release } from 'node:os'
import process from 'node:process'

/** Which process of which start of which machine it is; pids mean something only in their namespace. */
interface ProcessIdentity {
  readonly boot: string
  readonly pids: string
  readonly pid: string
  readonly begin: string
}

/** What readers of a fleet are told of this process. */
export function aboutThisProcess(): Readonly<Record<string, string>> {
  return { host: hostname(), kernel: release(), ...identity() }
}

/**
 * Whether a process that said `about` of itself is known to have ended: it was one of this start of this machine, and is there no
 * more. Of others nothing is known.
 */
export function hasEnded(about: Readonly<Record<string, string>>): boolean {
  const own = identity()
  if (own === undefined || about.boot !== own.boot || about.pids !== own.pids) return false
  return beginOf(about.pid ?? '') !== about.begin
}

function identity(): ProcessIdentity | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const pid = String(process.pid)
    return { boot, pids: readlinkSync('/proc/self/ns/pid'), pid, begin: beginOf(pid) ?? '' }
  } catch {
    // There is no /proc: nothing can be told.
    return undefined
  }
}

/** When a process began, in ticks since the start of the machine; `undefined` if there is none. */
function beginOf(pid: string): string | undefined {
  try {
    // proc(5): the 22nd field. The second one is a name in parentheses, which may hold anything.
    const stat = readFileSync(`/proc/${Number(pid)}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
