import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Descriptors and I/O threads that this process holds at the moment. */
export interface Resources {
  readonly sockets: number
  readonly descriptors: number
  readonly threads: number
}

export function countResources(): Resources {
  const links = readdirSync('/proc/self/fd').flatMap((descriptor) =>
    attempt(() => readlinkSync(`/proc/self/fd/${descriptor}`)),
  )
  const names = readdirSync('/proc/self/task').flatMap((task) =>
    attempt(() => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()),
  )
  const netlink = netlinkInodes()
  return {
    sockets: links.filter((link) => netlink.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '')).length,
    descriptors: links.length,
    threads: names.filter((name) => name === 'rtnl-socket').length,
  }
}

/** Inodes of the netlink sockets of this namespace: the last column of the kernel's list. */
function netlinkInodes(): Set<string> {
  const [, ...lines] = readFileSync('/proc/net/netlink', 'utf8').trim().split('\n')
  return new Set(lines.map((line) => line.trim().split(/\s+/).at(-1) ?? ''))
}

/** What goes away between listing and looking is left out. */
function attempt<Value>(look: () => Value): Value[] {
  try {
    return [look()]
  } catch {
    return []
  }
}
