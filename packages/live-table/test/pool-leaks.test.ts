// runtimes: node
// What would be left behind is the same on each runtime.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { thing } from '../../notifier/test/things.ts'
import { withNotifier } from './support/shared-table.ts'

const pool = suite('tables that share their rows, again and again')

pool('leave nothing behind, however often they are opened and closed', () =>
  withNotifier(async ({ kernel, table, notifier, open, openOf }) => {
    for (let id = 0; id < 100; id++) table.put(thing(id))
    const times = async (count: number): Promise<void> => {
      for (let time = 0; time < count; time++) {
        const live = time % 2 === 0 ? await open() : await openOf(0)
        live.observe(() => {})
        live.close()
        // The fake kernel remembers what it was sent.
        for (const { sent } of kernel.sockets()) (sent as Uint8Array[]).length = 0
      }
    }
    // With the rows of another one, and with rows of its own each time.
    for (const held of [await open(), undefined]) {
      await times(500)
      const grown: number[] = []
      for (let round = 0; round < 4; round++) {
        const before = heapUsed()
        await times(1500)
        grown.push(heapUsed() - before)
      }
      // A listener or a promise that stays for each would be hundreds of bytes in each round; the runtime's own growth is not.
      assert.ok(Math.min(...grown) < 1500 * 100, `${grown.join(', ')} bytes`)
      held?.close()
      assert.is(notifier.sinks, 0)
      assert.is(kernel.sockets('notification').length, 0)
    }
  }),
)

/** Bytes of the heap that are in use. */
function heapUsed(): number {
  for (let time = 0; time < 3; time++) (globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}

pool.run()
