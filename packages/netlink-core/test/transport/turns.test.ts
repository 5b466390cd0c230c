import { setImmediate } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Turns, type TurnTaker } from '../../src/transport/turns.ts'

const test = suite('turns of sockets')

/** Has so many parts to hand over, each of which holds the event loop for a millisecond. */
class Taker implements TurnTaker {
  referenced = true
  left: number
  readonly #name: string
  readonly #order: string[]

  constructor(name: string, left: number, order: string[]) {
    this.#name = name
    this.left = left
    this.#order = order
  }

  takeTurn(end: number): boolean {
    while (this.left > 0) {
      for (const until = performance.now() + 1; performance.now() < until; );
      this.left--
      this.#order.push(this.#name)
      if (performance.now() >= end) return true
    }
    return false
  }
}

test('one with much to hand over lets the others have their turns between', async () => {
  const order: string[] = []
  const turns = new Turns()
  const much = new Taker('much', 50, order)
  const little = new Taker('little', 2, order)
  turns.add(much)
  turns.begin()
  turns.add(little)
  turns.begin()
  while (little.left > 0) await setImmediate()
  assert.ok(much.left > 30, `${order}`)
  while (much.left > 0) await setImmediate()
  assert.equal(order.filter((name) => name === 'much').length, 50)
})

test('the event loop gets its turn however many have something to hand over', async () => {
  const order: string[] = []
  const turns = new Turns()
  for (let index = 0; index < 40; index++) turns.add(new Taker(String(index), 1, order))
  turns.begin()
  assert.ok(order.length <= 3, `${order}`)
  while (order.length < 40) await setImmediate()
  // Each once before one had a second turn, in the order in which they came.
  assert.equal(
    order,
    Array.from({ length: 40 }, (_, index) => String(index)),
  )
})

test('one that is removed has no turn', async () => {
  const order: string[] = []
  const turns = new Turns()
  const first = new Taker('first', 5, order)
  const second = new Taker('second', 1, order)
  turns.add(first)
  turns.add(second)
  turns.remove(second)
  turns.begin()
  while (first.left > 0) await setImmediate()
  assert.not(order.includes('second'))
})

test('those for whom the process does not stay alive wait until one comes for whom it does', async () => {
  const order: string[] = []
  const turns = new Turns()
  const lazy = new Taker('lazy', 50, order)
  lazy.referenced = false
  turns.add(lazy)
  turns.begin()
  const eager = new Taker('eager', 1, order)
  turns.add(eager)
  turns.begin()
  // An immediate is enough now: no timer of the event loop has to pass.
  await setImmediate()
  await setImmediate()
  assert.is(eager.left, 0)
  while (lazy.left > 0) await new Promise((resolve) => setTimeout(resolve, 1))
})

test.run()
