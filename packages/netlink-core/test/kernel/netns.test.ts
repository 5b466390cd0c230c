// runtimes: node deno bun
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Connection } from '../../src/connection/connection.ts'
import { ClosedError, NetlinkError } from '../../src/errors.ts'
import { type Netns, openNetns } from '../../src/netns.ts'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { MessageType, setNexthop } from '../native/messages.ts'
import { Peer, raise } from '../native/peer.ts'
import { countBackTo, countResources } from '../native/resources.ts'
import { runSelf } from '../native/run-self.ts'

const netns = suite('network namespaces')

netns.before(() => {
  execFileSync('ip', ['netns', 'add', 'blue'])
})
netns.after(() => {
  execFileSync('ip', ['netns', 'delete', 'blue'])
})

/** Makes a change in the namespace through sockets of ours and checks that it is heard there and not here. */
async function assertReached(where: Netns, id: number): Promise<void> {
  const own = readlinkSync('/proc/thread-self/ns/net')
  const { sockets, namespaces, threads } = countResources()
  const before = { sockets, namespaces, threads }
  const here = Peer.listening()
  const namespace = openNetns(where)
  const there = Peer.listening({ netns: namespace })
  const changer = new Peer({ netns: namespace })
  namespace.close()
  await changer.request(setNexthop(1, id))
  await Promise.all([here.sync(), there.sync()])
  assert.equal(
    there.headers.map(({ type }) => type),
    [MessageType.NEWNEXTHOP],
  )
  assert.equal(here.headers, [])
  assert.is(readlinkSync('/proc/thread-self/ns/net'), own)
  for (const peer of [here, there, changer]) peer.transport.close()
  assert.equal(await countBackTo(before), before)
}

netns('by name', async () => {
  await assertReached('blue', 1)
  assert.match(execFileSync('ip', ['-n', 'blue', 'nexthop'], { encoding: 'utf8' }), /^id 1 via 192\.0\.2\.1 /)
})

netns('by path', () => assertReached('/run/netns/blue', 2))

netns('by process', async () => {
  const child = spawn('unshare', ['-n', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const answer = once(child.stdout, 'data')
  child.stdin.write('entered\n')
  await answer
  try {
    await assertReached({ pid: child.pid ?? 0 }, 3)
  } finally {
    child.stdin.end()
    await ended
  }
})

netns('a missing namespace is named, with how to list them', () => {
  assert.throws(
    () => openNetns('green'),
    (error: unknown) =>
      error instanceof NetlinkError && error.code === 'ENOENT' && /'green'.*`ip netns`/.test(error.message),
  )
  assert.throws(
    () => openNetns({ pid: 0x7fffffff }),
    (error: unknown) => error instanceof NetlinkError && error.code === 'ENOENT' && /2147483647/.test(error.message),
  )
})

netns('a file that is no network namespace is refused by what it is, and nobody waits for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netns-'))
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const [path, what] of [
    ['/proc/self/ns/uts', 'the file is no network namespace'],
    ['/proc/self/ns/user', 'the file is no network namespace'],
    ['/proc/self/status', 'the file is no network namespace'],
    [file, 'the file is no network namespace'],
    ['/proc/self', 'it is a directory, and no network namespace'],
    [fifo, 'it is a FIFO, and no network namespace'],
    ['/dev/null', 'it is a device, and no network namespace'],
  ] as const) {
    assert.throws(
      () => openNetns(path),
      (error: unknown) =>
        error instanceof NetlinkError &&
        error.code === 'EINVAL' &&
        error.message.startsWith(`open network namespace '${path}': `) &&
        error.message.includes(what),
      path,
    )
  }
  rmSync(folder, { recursive: true })
})

netns('a path on which one may not go is refused, with the reason', () => {
  const file = '/proc/self/no/such/file'
  for (const [path, code] of [
    [file, 'ENOENT'],
    ['/proc/self/status/below', 'ENOTDIR'],
  ] as const) {
    assert.throws(
      () => openNetns(path),
      (error: unknown) => error instanceof NetlinkError && error.code === code && error.message.includes(path),
    )
  }
})

netns('a namespace closes once, and no call takes the descriptor of another file that has its number since', () => {
  const { namespaces } = countResources()
  const namespace = openNetns('blue')
  const { path } = namespace
  assert.is(statSync(path).ino, statSync('/run/netns/blue').ino)
  assert.is(countResources().namespaces, namespaces + 1)
  namespace.close()
  assert.is(countResources().namespaces, namespaces)
  const file = openSync('/dev/null', 'r')
  namespace.close()
  assert.ok(fstatSync(file).isCharacterDevice())
  closeSync(file)
  assert.throws(() => namespace.path, /^network namespace is closed$/)
  const { sockets } = countResources()
  assert.throws(
    () => NativeTransport.open({ netns: namespace }),
    (error: unknown) => error instanceof ClosedError && error.message === 'network namespace is closed',
  )
  assert.is(countResources().sockets, sockets)
})

netns(
  'a namespace that nobody holds any more is closed by the collector, and one that was closed is not again',
  async () => {
    assert.equal(await runSelf(new URL('../native/child-collecting.ts', import.meta.url), []), {
      code: 0,
      signal: null,
      output: '',
      errors: '',
    })
  },
)

netns('a closed connection watches no namespace', async () => {
  const connection = await Connection.open({ netns: 'blue' })
  connection.close()
  connection.watchNamespace(raise)()
})

netns('what cannot be a name is a TypeError', () => {
  for (const bad of ['', '.', '..', 'a\0b', { pid: 0 }, { pid: -1 }, { pid: 1.5 }, 7, null, undefined]) {
    assert.throws(
      () => openNetns(bad as Netns),
      (error: unknown) => error instanceof TypeError && error.message.startsWith('netns'),
    )
  }
})

netns('without rights: reading works, the buffer is smaller, entering names the capability', async () => {
  const child = new URL('../native/child-unprivileged.ts', import.meta.url)
  let over = false
  const running = runSelf(child, ['blue'], { prefix: ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] }).finally(
    () => {
      over = true
    },
  )
  const changer = new Peer()
  for (let seq = 1; !over; seq++) {
    await changer.request(setNexthop(seq, 9))
    await delay(10)
  }
  changer.transport.close()
  const { code, output, errors } = await running
  assert.is(errors, '')
  assert.is(code, 0)
  const { receiveBuffer, heard, refusal, allRefusal } = JSON.parse(output)
  assert.ok(receiveBuffer > 0 && receiveBuffer < 64 * 1024 * 1024, `${receiveBuffer}`)
  assert.is(heard.type, MessageType.NEWNEXTHOP)
  assert.match(refusal, /^open netlink socket: .*EPERM.*CAP_SYS_ADMIN/)
  assert.match(allRefusal, /^listen to all namespaces: .*EPERM.*CAP_NET_BROADCAST/)
})

netns.run()
