// Acks of success that say nothing more are read together, all other answers one by one.
import { type BulkRequest, NetlinkError } from '@rtnl/netlink-core'
import { type Answer, answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countPlainAcks } from '../../src/connection/ack.ts'
import { add, type Thing, ThingType, thing, thingMessage, withConnection } from './thing.ts'

const answers = suite('answers to many requests')

/** What a kernel may say to a request, and what becomes of the request. */
const kinds: readonly { readonly answer: Answer; readonly outcome: string; readonly messages: number }[] = [
  { answer: answer.ack(), outcome: 'done', messages: 1 },
  { answer: answer.error(0, { text: 'old attribute' }), outcome: 'done', messages: 1 },
  { answer: answer.error(0, { echo: true }), outcome: 'done', messages: 1 },
  { answer: answer.error(17), outcome: 'EEXIST', messages: 1 },
  { answer: answer.error(22, { text: 'Not this one', offset: 20 }), outcome: 'EINVAL', messages: 1 },
  { answer: answer.silence(), outcome: 'ENOBUFS', messages: 0 },
]

/** Numbers below `limit` that are the same in every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

/** Runs of the same answer, of all lengths; the last request has one. */
function plan(count: number, seed: number): (typeof kinds)[number][] {
  const below = numbers(seed)
  const planned: (typeof kinds)[number][] = []
  while (planned.length < count) {
    const kind = below(2) === 0 ? kinds[0]! : kinds[below(kinds.length)]!
    for (let length = 1 + below(1 << below(9)); length > 0 && planned.length < count; length--) planned.push(kind)
  }
  planned[count - 1] = kinds[0]!
  return planned
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  answers(`each request has its own, whatever is beside it (${seed})`, () =>
    withConnection(async ({ connection, kernel }) => {
      const planned = plan(3000, seed)
      kernel.on(ThingType.NEW, (request) => planned[request.decode(thingMessage).id ?? -1]!.answer)
      const requests = planned.map((_, id): BulkRequest<Thing> => add(thing(id)))
      const { done, failed } = await connection.requestAll(requests)
      const outcomes = planned.map(() => 'done')
      for (const { index, error } of failed) {
        assert.instance(error, NetlinkError)
        outcomes[index] = (error as NetlinkError).code
      }
      assert.equal(
        outcomes,
        planned.map(({ outcome }) => outcome),
      )
      assert.is(done, planned.filter(({ outcome }) => outcome === 'done').length)
      const { receivedMessages, strays } = connection.counters
      assert.equal([receivedMessages, strays], [planned.reduce((sum, { messages }) => sum + messages, 0), 0])
    }),
  )
}

/** Acks as `struct nlmsgerr` behind `struct nlmsghdr`, <linux/netlink.h>. */
function acks(...sequenceNumbers: number[]): Int32Array {
  const words = new Int32Array(sequenceNumbers.length * 9)
  const view = new DataView(words.buffer)
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  for (const [place, sequenceNumber] of sequenceNumbers.entries()) {
    const start = place * 36
    view.setUint32(start, 36, little)
    view.setUint16(start + 4, 2, little)
    view.setUint16(start + 6, 0x100, little)
    view.setUint32(start + 8, sequenceNumber, little)
  }
  return words
}

answers('acks are counted up to the first that is not expected', () => {
  assert.is(countPlainAcks(acks(7, 8, 9), 0, 7, 100), 3)
  assert.is(countPlainAcks(acks(7, 8, 9), 9, 8, 100), 2)
  assert.is(countPlainAcks(acks(7, 8, 9), 0, 7, 2), 2)
  assert.is(countPlainAcks(acks(7, 9, 10), 0, 7, 100), 1)
  assert.is(countPlainAcks(acks(7, 8, 9), 0, 8, 100), 0)
  assert.is(countPlainAcks(acks(0xfffffffe, 0xffffffff), 0, 0xfffffffe, 100), 2)
  assert.is(countPlainAcks(acks(7, 8).subarray(0, 17), 0, 7, 100), 1)
  assert.is(countPlainAcks(acks(), 0, 7, 100), 0)
})

for (const [what, at, value] of [
  ['another length', 0, 40],
  ['another type', 4, 3],
  ['details', 7, 0x3],
  ['an error', 16, 0xef],
] as const) {
  answers(`an ack with ${what} is not counted`, () => {
    const words = acks(7, 8, 9)
    new Uint8Array(words.buffer)[36 + at] = value
    assert.is(countPlainAcks(words, 0, 7, 100), 1)
  })
}

answers.run()
