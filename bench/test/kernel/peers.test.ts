// timeout: 300
// runtimes: node
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BenchNamespace } from '../../src/bench-namespace.ts'
import type { RouteFollower } from '../../src/follower.ts'
import { IpMonitor } from '../../src/peers/ip-monitor.ts'
import { PeerFollower } from '../../src/peers/peer-follower.ts'
import { runPeer } from '../../src/peers/peer-process.ts'
import { preparePeers } from '../../src/peers/registry.ts'
import { compilePrograms } from '../../src/programs.ts'

const namespace = await BenchNamespace.make('peers', await compilePrograms())
// Of those that are installed, and that are not compiled for a minute.
const { present, absent } = await preparePeers(['libnl', 'go', 'npm', 'pyroute2'])
for (const { name, reason } of absent) console.log(`${name} is not there: ${reason}`)

const written = (): string[] => {
  const words = ['-n', namespace.name, '-N', '-j', 'route', 'show', 'table', '90']
  const routes = JSON.parse(execFileSync('ip', words, { encoding: 'utf8' }))
  return routes.map((route: Record<string, string>) => `${route.dst} via ${route.gateway} proto ${route.protocol}`)
}

const peers = suite('peers')

peers('each reads, adds and deletes the routes of the writer', async () => {
  const wanted = Array.from({ length: 100 }, (_, number) => `10.0.0.${number} via 198.18.1.${number % 64} proto 84`)
  const { messages } = await namespace.drain('inet')
  for (const peer of present) {
    const added = await runPeer(peer, namespace, 'add 100 90 84')
    assert.is(added.sent, 100, peer.name)
    assert.equal(written(), wanted, peer.name)
    const { routes, seconds, peakBytes } = await runPeer(peer, namespace, 'dump')
    assert.is(routes, messages! + 100, peer.name)
    assert.ok(seconds! > 0 && peakBytes! > 100_000, peer.name)
    await runPeer(peer, namespace, 'delete 100 90 84')
    assert.equal(written(), [], peer.name)
  }
})

peers('each keeps a table, or writes what it is received, and counts what it misses', async () => {
  const followers: { name: string; keepsTable: boolean; start: () => Promise<RouteFollower> }[] = [
    { name: 'ip monitor', keepsTable: false, start: () => IpMonitor.start(namespace) },
    ...present.map((peer) => ({ name: peer.name, keepsTable: true, start: () => PeerFollower.start(peer, namespace) })),
  ]
  for (const { name, keepsTable, start } of followers) {
    await using follower = await start()
    await follower.begin()
    // As many as the smallest receive buffer of them holds.
    await namespace.write(['add'], { count: 30, table: 91 })
    const { received, drops, overruns, ended } = await follower.catchUp()
    assert.equal({ received, drops, overruns, ended }, { received: 30, drops: 0, overruns: 0, ended: 0 }, name)
    assert.is(await follower.compare(), keepsTable ? 0 : undefined, name)
    await namespace.write(['delete'], { count: 30, table: 91 })
  }
})

peers('one that ends says what it complained of', async () => {
  const peer = {
    id: 'sh',
    name: 'shell',
    command: ['sh', '-c', 'echo no such thing >&2; exit 3'],
    limits: { dump: 1, write: 1 },
  }
  const error = await runPeer(peer, namespace, 'dump').catch((reason: unknown) => reason)
  assert.match(String(error), /shell, "dump": it ended with 3: no such thing/)
  await using follower = await IpMonitor.start(namespace)
  await follower.begin()
  await follower.block(300)
  await namespace.write(['add'], { count: 10, table: 92 })
  const { received, fresh, unblocked } = await follower.catchUp()
  assert.is(received, 10)
  assert.ok(fresh! >= unblocked!)
})

peers.run()
