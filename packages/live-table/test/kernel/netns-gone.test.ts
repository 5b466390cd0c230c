// runtimes: node deno bun
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { openTable } from '@rtnl/live-table'
import { NetnsGoneError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ruleDefinition } from './rules.ts'

const gone = suite('a namespace that goes while it is followed')

/** Descriptors of namespaces, and of sockets but for those of child processes. */
function descriptors(): number {
  const unix = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+)/gm
  const streams = new Set([...readFileSync('/proc/net/unix', 'utf8').matchAll(unix)].map(([, inode]) => inode))
  const opened = readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const path = `/proc/self/fd/${name}`
      return [{ link: readlinkSync(path), device: statSync(path).dev }]
    } catch {
      // That of the folder itself.
      return []
    }
  })
  const sockets = opened.flatMap(({ link }) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
  // The link of a namespace that was opened by a name of its own is that name.
  const namespaces = statSync('/proc/self/ns/net').dev
  return (
    sockets.filter((inode) => !streams.has(inode)).length + opened.filter(({ device }) => device === namespaces).length
  )
}

/** Follows until the stream ends, and returns the error that ended it. */
async function follow(netns: string | { pid: number }, end: () => void): Promise<unknown> {
  const table = await openTable(ruleDefinition, { netns })
  try {
    for await (const batch of table.changes()) if (batch.event === 'synced') end()
  } catch (error) {
    assert.is(table.state, 'closed')
    return error
  }
  return undefined
}

async function assertGone(netns: string | { pid: number }, end: () => void, name: RegExp): Promise<void> {
  const before = descriptors()
  const error = await follow(netns, end)
  assert.instance(error, NetnsGoneError)
  assert.match((error as Error).message, name)
  assert.is(descriptors(), before)
}

gone('deleted by its name', async () => {
  execFileSync('ip', ['netns', 'add', 'red'])
  await assertGone('red', () => execFileSync('ip', ['netns', 'delete', 'red']), /^network namespace 'red' is gone$/)
})

gone('the name given to another', async () => {
  execFileSync('ip', ['netns', 'add', 'red'])
  const swap = (): void => {
    execFileSync('ip', ['netns', 'delete', 'red'])
    execFileSync('ip', ['netns', 'add', 'red'])
  }
  await assertGone('/run/netns/red', swap, /red/)
  execFileSync('ip', ['netns', 'delete', 'red'])
})

gone('the process ended', async () => {
  const child = spawn('unshare', ['-n', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const pid = child.pid ?? 0
  // `unshare` has become `cat` in its own namespace once that answers.
  child.stdin.write('ready\n')
  await once(child.stdout, 'data')
  await assertGone({ pid }, () => child.stdin.end(), new RegExp(`of process ${pid}`))
})

gone.run()
