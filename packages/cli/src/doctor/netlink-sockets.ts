import { readdirSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { isGranted } from '@rtnl/netlink-core'
import { readText } from '../read-text.ts'
import { required } from './check.ts'

/** A process that has sockets of rtnetlink in this network namespace. */
export interface Program {
  /** `undefined` where it is not known: it is of another user, or in another container. */
  readonly pid: number | undefined
  /** The name of the process, or which port id the socket has. */
  readonly name: string
  /** The words that it was started with; none where they are not known. */
  readonly words: readonly string[]
  readonly sockets: number
  /** Messages that the kernel has dropped for open sockets of it. */
  readonly drops: number
}

interface Socket {
  readonly portId: number
  readonly drops: number
  readonly inode: string
}

const table = '/proc/net/netlink'

/**
 * The programs that have sockets of rtnetlink in the network namespace of the process, this one left out.
 * @throws {Error} /proc may not be read
 */
export function rtnetlinkPrograms(): Program[] {
  const sockets = parseSockets(required(readText(table), table))
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)))
  const programs = new Map<string, Program>()
  for (const { portId, drops, inode } of sockets) {
    // The first socket of a process has the id of the process as its port id.
    const pid = owners.get(inode) ?? (commandOf(portId) === undefined ? undefined : portId)
    if (pid === process.pid) continue
    const key = pid === undefined ? `port ${portId}` : `process ${pid}`
    const { sockets: others = 0, drops: before = 0 } = programs.get(key) ?? {}
    const name = (pid === undefined ? undefined : commandOf(pid)) ?? `a program with netlink port id ${portId}`
    const words = pid === undefined ? [] : wordsOf(pid)
    programs.set(key, { pid, name, words, sockets: others + 1, drops: before + drops })
  }
  return [...programs.values()]
}

/** The sockets of rtnetlink (`Eth` 0) in a text of `/proc/net/netlink`, but that of the kernel (`Pid` 0). */
export function parseSockets(text: string): Socket[] {
  const [head = '', ...lines] = text.trim().split('\n')
  const titles = head.trim().split(/\s+/)
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const field = (title: string): string => fields[titles.indexOf(title)] ?? ''
    if (field('Eth') !== '0' || field('Pid') === '0') return []
    return [{ portId: Number(field('Pid')), drops: Number(field('Drops')), inode: field('Inode') }]
  })
}

/** The processes that have these sockets open, as far as this user may look. */
function ownersOf(inodes: ReadonlySet<string>): ReadonlyMap<string, number> {
  const owners = new Map<string, number>()
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of namesIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${descriptor}`))?.[1]
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, Number(pid))
    }
  }
  return owners
}

function namesIn(path: string): string[] {
  if (!isGranted({ name: 'read', path })) return []
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function commandOf(pid: number): string | undefined {
  return readText(`/proc/${pid}/comm`)?.trim()
}

function wordsOf(pid: number): string[] {
  return (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '')
}
