// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Connection } from '../../src/connection/connection.ts'
import { openNetns } from '../../src/netns.ts'
import { Peer } from '../native/peer.ts'

const tests = suite('descriptors')

/** `O_CLOEXEC` of the kernel, as fdinfo shows flags: octal (proc_pid_fdinfo(5)). */
const closesOnExec = 0o2000000

/** The descriptors of this process: where each leads, and whether a program that is started does not get it. */
function ownDescriptors(): Map<string, boolean> {
  const descriptors = new Map<string, boolean>()
  for (const number of readdirSync('/proc/self/fd')) {
    try {
      const link = `${number} ${readlinkSync(`/proc/self/fd/${number}`)}`
      const [, flags = '0'] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8')) ?? []
      descriptors.set(link, (Number.parseInt(flags, 8) & closesOnExec) !== 0)
    } catch {
      // That of the folder itself is closed already.
    }
  }
  return descriptors
}

/** The numbers of the descriptors of a program that is started, with the one by which it reads them. */
function descriptorsOfChild(): string {
  return execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' })
}

tests('a program that is started gets none of ours', async () => {
  execFileSync('ip', ['netns', 'add', 'exec'])
  const before = ownDescriptors()
  const childBefore = descriptorsOfChild()
  await using connection = await Connection.open({ netns: 'exec' })
  const namespace = openNetns('exec')
  const peers = [Peer.listening({ netns: namespace }), new Peer({ netns: namespace, dumps: true, purpose: 'dump' })]
  connection.openNotifications()
  const opened = [...ownDescriptors()].filter(([descriptor]) => !before.has(descriptor))
  const kinds = opened.map(([descriptor]) => descriptor.replace(/^\d+ /, '').replace(/:.*/, ''))
  // For requests, notifications twice, and a dump; that of the connection and ours; what three threads sleep on.
  assert.ok(kinds.filter((kind) => kind === 'socket').length >= 4, kinds.join())
  assert.ok(kinds.filter((kind) => kind !== 'socket').length >= 2, kinds.join())
  assert.equal(
    opened.filter(([, closes]) => !closes).map(([descriptor]) => descriptor),
    [],
  )
  assert.is(descriptorsOfChild(), childBefore)
  namespace.close()
  for (const peer of peers) peer.transport.close()
  connection.close()
  execFileSync('ip', ['netns', 'delete', 'exec'])
})

tests.run()
