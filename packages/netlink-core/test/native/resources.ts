import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Descriptors and I/O threads that this process holds at the moment. */
export interface Resources {
  /** Of any namespace; but for the pairs that a runtime opens when it likes, for signals and child processes. */
  readonly sockets: number
  /** Descriptors of namespaces. */
  readonly namespaces: number
  /** All, also those that the runtime opens and closes when it likes. */
  readonly descriptors: number
  readonly threads: number
}

export function countResources(): Resources {
  const unix = unixInodes()
  const opened = readdirSync('/proc/self/fd').flatMap((descriptor) =>
    attempt(() => {
      const path = `/proc/self/fd/${descriptor}`
      return { link: readlinkSync(path), device: statSync(path).dev }
    }),
  )
  const names = readdirSync('/proc/self/task').flatMap((task) =>
    attempt(() => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()),
  )
  // Another thread of the runtime may open and close some meanwhile.
  for (const inode of unixInodes()) unix.add(inode)
  // The link of a namespace that was opened by a name of its own is that name.
  const namespaces = statSync('/proc/self/ns/net').dev
  return {
    sockets: opened.filter(({ link }) => link.startsWith('socket:') && !unix.has(link)).length,
    namespaces: opened.filter(({ device }) => device === namespaces).length,
    descriptors: opened.length,
    threads: names.filter((name) => name === 'rtnl-io').length,
  }
}

/**
 * Counts again and again until it is as expected, for a minute at most, and returns the last count. A thread that has
 * ended is listed a little longer, and a runtime has not always cleared up when it says so.
 */
export async function countResourcesUntil(expected: (now: Resources) => boolean): Promise<Resources> {
  const end = performance.now() + 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)
  let now = countResources()
  while (!expected(now) && performance.now() < end) {
    await delay(5)
    now = countResources()
  }
  return now
}

/**
 * Counts until this process holds what it held before, for a minute at most. What the runtime itself opens for a moment passes.
 * @param before what is to be as it was
 * @returns the same of the last count
 */
export async function countBackTo<Kind extends keyof Resources>(
  before: Pick<Resources, Kind>,
): Promise<Pick<Resources, Kind>> {
  const kinds = Object.keys(before) as Kind[]
  const last = await countResourcesUntil((now) => kinds.every((kind) => now[kind] === before[kind]))
  return Object.fromEntries(kinds.map((kind) => [kind, last[kind]])) as Pick<Resources, Kind>
}

/** What the I/O threads of this process wait for, by the kernel's names; `0` for one that runs. */
export function waitingThreads(): readonly string[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    attempt(() => {
      const isOurs = readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim() === 'rtnl-io'
      return isOurs ? [readFileSync(`/proc/self/task/${task}/wchan`, 'utf8')] : []
    }).flat(),
  )
}

/** The Unix sockets of this namespace as links show them: the seventh column of the kernel's list. */
function unixInodes(): Set<string> {
  const [, ...lines] = readFileSync('/proc/net/unix', 'utf8').trim().split('\n')
  return new Set(lines.map((line) => `socket:[${line.split(/ +/)[6]}]`))
}

/** What goes away between listing and looking is left out. */
function attempt<Value>(look: () => Value): Value[] {
  try {
    return [look()]
  } catch {
    return []
  }
}
