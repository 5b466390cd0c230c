// runtimes: node deno bun
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { concatenate, headersIn, RTNLGRP_NEXTHOP, setNexthop } from '../native/messages.ts'
import { block, Peer, raise } from '../native/peer.ts'
import { runSelf } from '../native/run-self.ts'

const turns = suite('socket turns of the event loop')

/** Fills the listener's backlog with more batches than one turn takes. */
async function change(count: number): Promise<void> {
  const changer = new Peer()
  for (let sent = 0; sent < count; sent += 100) {
    const requests = Array.from({ length: 100 }, (_, index) => setNexthop(sent + index, 1))
    changer.transport.send(concatenate(requests), raise)
  }
  await changer.until(() => changer.headers.length >= count)
  changer.transport.close()
}

turns('timers run between the batches of a backlog', async () => {
  const changes = 30_000
  const transport = NativeTransport.open()
  transport.join(RTNLGRP_NEXTHOP)
  await change(changes)
  const order: string[] = []
  const timer = setInterval(() => order.push('timer'), 1)
  await new Promise<void>((resolve) => {
    let heard = 0
    transport.start({
      data(bytes) {
        order.push('data')
        heard += headersIn(bytes).length
        block(20)
        if (heard === changes) resolve()
      },
      overrun() {},
      failed: raise,
    })
  })
  clearInterval(timer)
  transport.close()
  const together = Math.max(
    ...order
      .join(' ')
      .split('timer')
      .map((part) => part.split('data').length - 1),
  )
  assert.ok(order.filter((event) => event === 'data').length >= 4, order.join(' '))
  assert.ok(together <= 2, order.join(' '))
})

turns('an error of a handler is an uncaught exception, and the rest is delivered', async () => {
  const child = new URL('../native/child-throwing.ts', import.meta.url)
  const { code, output, errors } = await runSelf(child, [])
  assert.is(errors, '')
  assert.equal({ code, output }, { code: 0, output: 'caught: handler\ncaught: fence\nheard 3\n' })
})

turns.run()
