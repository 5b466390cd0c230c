import { type BigIntStats, existsSync, type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { onAbort } from '@rtnl/netlink-core/internal'
import picomatch from 'picomatch'

/** Where `ip netns` keeps names. */
const folder = '/run/netns'

/** Milliseconds between two looks at the names: what no event of the file system tells, as a mount, is seen by then. */
const interval = 1000

/** The namespaces that have a name, by their names, each with what distinguishes it from another one of the same name. */
export type NamedNamespaces = ReadonlyMap<string, string>

/** Whether a name fits one of some patterns: `*`, `?`, `[a-z]`, `{a,b}`, `!(...)`. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  return patterns.length === 0 ? () => false : picomatch([...patterns])
}

/**
 * Calls a function with the names of namespaces, at once, and after they have changed, until the signal aborts.
 * @param isWanted whether a name matters
 */
export async function followNames(
  isWanted: (name: string) => boolean,
  use: (names: NamedNamespaces) => void,
  signal: AbortSignal,
): Promise<void> {
  let wake = (): void => {}
  let watcher: FSWatcher | undefined
  const settle = onAbort(signal, () => wake())
  let before: NamedNamespaces = new Map()
  try {
    for (let first = true; !signal.aborted; first = false) {
      if (watcher === undefined && existsSync(folder)) {
        watcher = watch(folder, () => wake())
        // A folder that goes is looked for again by time.
        watcher.on('error', () => {
          watcher?.close()
          watcher = undefined
        })
      }
      const now = await readNames(isWanted)
      if (signal.aborted) return
      if (first || !isSame(before, now)) use(now)
      before = now
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, interval)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (signal.aborted) wake()
      })
    }
  } finally {
    settle()
    watcher?.close()
  }
}

async function readNames(isWanted: (name: string) => boolean): Promise<NamedNamespaces> {
  const names = await readdir(folder).catch(() => [])
  const found = new Map<string, string>()
  for (const name of names.filter(isWanted)) {
    const status = await stat(join(folder, name), { bigint: true }).catch((): BigIntStats | undefined => undefined)
    // A name that has just been made is an empty file, until a namespace is mounted on it.
    if (status !== undefined && status.size === 0n) found.set(name, `${status.dev}:${status.ino}`)
  }
  return found
}

function isSame(before: NamedNamespaces, now: NamedNamespaces): boolean {
  return before.size === now.size && [...now].every(([name, identity]) => before.get(name) === identity)
}
