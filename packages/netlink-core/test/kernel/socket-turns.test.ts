// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { fitting, headersIn, RTNLGRP_NEXTHOP } from '../native/messages.ts'
import { block, raise } from '../native/peer.ts'
import { runSelf } from '../native/run-self.ts'

const turns = suite('socket turns of the event loop')

/** Makes more changes than one turn of the event loop takes, during which it is blocked. */
function change(count: number): void {
  const lines = Array.from({ length: count }, (_, index) => `nexthop replace id ${index + 1} blackhole`)
  execFileSync('ip', ['-batch', '-'], { input: lines.join('\n') })
}

turns('timers run between the batches of a backlog', async () => {
  const transport = NativeTransport.open()
  const changes = Math.min(30_000, fitting(transport.stats().receiveBuffer))
  transport.join(RTNLGRP_NEXTHOP)
  const order: string[] = []
  const heard = new Promise<void>((resolve) => {
    let count = 0
    transport.start({
      data(bytes) {
        order.push('data')
        count += headersIn(bytes).length
        block(20)
        if (count === changes) resolve()
      },
      overrun: (reason) => raise(new Error(reason)),
      failed: raise,
    })
  })
  change(changes)
  const timer = setInterval(() => order.push('timer'), 1)
  await heard
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

turns('a backlog is handed over without other events, though the socket does not keep the process alive', async () => {
  const transport = NativeTransport.open()
  const changes = Math.min(2_000, fitting(transport.stats().receiveBuffer))
  transport.join(RTNLGRP_NEXTHOP)
  let heard = 0
  let parts = 0
  transport.start({
    data(bytes) {
      heard += headersIn(bytes).length
      parts++
      block(10)
    },
    overrun: (reason) => raise(new Error(reason)),
    failed: raise,
  })
  transport.unref()
  change(changes)
  // Each look is an event too, so that a transport that waits for one hands over a part or two with each.
  let looks = 0
  for (; heard < changes; looks++) await new Promise((resolve) => setTimeout(resolve, 500))
  transport.close()
  assert.ok(looks < parts / 2, `${looks} looks until ${parts} parts had come`)
})

turns('an error of a handler is an uncaught exception, and the rest is delivered', async () => {
  const child = new URL('../native/child-throwing.ts', import.meta.url)
  const { code, output, errors } = await runSelf(child, [])
  assert.is(errors, '')
  assert.equal({ code, output }, { code: 0, output: 'caught: handler\ncaught: fence\nheard 3\n' })
})

turns.run()
