// timeout: 1500
// runtimes: node deno bun
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dumpNexthops, setNexthop } from '../native/messages.ts'
import { Peer, raise } from '../native/peer.ts'
import { countResources, countResourcesUntil } from '../native/resources.ts'
import { runSelf } from '../native/run-self.ts'
import { states } from '../native/states.ts'

const childProcess = new URL('../native/child-process.ts', import.meta.url)
const childOfWorkers = new URL('../native/child-of-workers.ts', import.meta.url)

const lifecycle = suite('socket lifecycle')

for (const state of states) {
  for (const end of ['exit', 'unref', 'close', 'collect']) {
    lifecycle(`${state}: the process ends by ${end}`, async () => {
      assert.equal(await runSelf(childProcess, [state, end]), { code: 0, signal: null, output: '', errors: '' })
    })
  }
}

// One process for all: a runtime takes longer to start than its workers take.
lifecycle('workers in any state end by exit, unref and terminate and leave nothing', async () => {
  const rounds = process.env.RTNL_TEST_DEEP === '1' ? '3' : '1'
  const outcome = await runSelf(childOfWorkers, ['exit,unref,terminate', rounds, ...states])
  assert.equal(outcome, { code: 0, signal: null, output: '', errors: '' })
})

lifecycle('a referenced socket keeps the process alive', async () => {
  assert.equal(await runSelf(childProcess, ['open', 'timer']), { code: 0, signal: null, output: 'alive\n', errors: '' })
})

lifecycle('sockets that are opened and closed leave nothing', async () => {
  const { sockets, threads, descriptors } = countResources()
  for (let round = 0; round < 200; round++) {
    const peer = Peer.listening()
    await peer.request(setNexthop(1, 1))
    peer.transport.send(dumpNexthops(2), raise)
    peer.transport.close()
  }
  const after = await countResourcesUntil((now) => now.sockets === sockets && now.threads === threads)
  assert.equal([after.sockets, after.threads], [sockets, threads])
  // One a round would be 200. The runtime opens and closes a few of its own.
  assert.ok(after.descriptors < descriptors + 100, `${after.descriptors} descriptors, and ${descriptors} before`)
})

lifecycle('the memory of sockets that are closed goes back to the system', async () => {
  const resident = (): number => process.memoryUsage().rss / 1024 ** 2
  const openAndClose = async (): Promise<void> => {
    const peers = Array.from({ length: 500 }, () => new Peer())
    await Promise.all(peers.map((peer) => peer.request(setNexthop(1, 1))))
    for (const { transport } of peers) transport.close()
  }
  await openAndClose()
  const before = resident()
  for (let round = 0; round < 5; round++) await openAndClose()
  // Buffers that are kept, for each socket one of 256 KiB for data, would be 600 MiB.
  assert.ok(resident() - before < 100, `${resident()} MiB, and ${before} before`)
})

lifecycle.run()
