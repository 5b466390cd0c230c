import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Partition } from '../src/definition.ts'
import { Invalidations } from '../src/relist/invalidations.ts'

const invalidations = suite('what a relist covers')

const part = (name: string): Partition<unknown> => ({ name, request: {} })
const whole = [part('one'), part('other')]

function collected(...all: readonly (readonly ['resync' | 'inferred', string, string])[]): Invalidations<unknown> {
  const list = new Invalidations<unknown>()
  for (const [cause, reason, name] of all) list.add({ cause, reason, partitions: [part(name)] })
  return list
}

invalidations('more events than a stack has room for, while one barrier waits', () => {
  // A storm of addresses that go invalidates the routes of their interface for each.
  const waiting = new Invalidations<unknown>()
  for (let count = 0; count < 300_000; count++)
    waiting.add({ cause: 'inferred', reason: 'address', partitions: [part('one')] })
  const complete = collected(['inferred', 'link', 'one'])
  complete.takeFrom(waiting)
  assert.ok(waiting.empty)
  assert.equal(complete.take(whole), { cause: 'inferred', reason: 'link', partitions: [part('one')] })
  assert.ok(complete.empty)
  assert.is(complete.take(whole), undefined)
})

invalidations('lost messages outweigh an event that came before, wherever both were collected', () => {
  const list = collected(['inferred', 'link', 'one'])
  list.takeFrom(collected(['inferred', 'address', 'one'], ['resync', 'overrun', 'one'], ['resync', 'requested', 'one']))
  list.takeFrom(collected())
  assert.equal(list.take(whole), { cause: 'resync', reason: 'overrun', partitions: [part('one')] })
})

invalidations('all parts, and more parts than are worth a dump each, are the whole table', () => {
  assert.is(collected(['inferred', 'a', 'one'], ['inferred', 'b', 'other']).take(whole)?.partitions, whole)
  const some = (count: number) =>
    collected(...Array.from({ length: count }, (_, index) => ['inferred', 'a', `vxlan ${index}`] as const))
  assert.is(some(16).take(whole)?.partitions.length, 16)
  assert.is(some(17).take(whole)?.partitions, whole)
  const list = some(9)
  list.takeFrom(collected(...Array.from({ length: 9 }, (_, index) => ['inferred', 'a', `other ${index}`] as const)))
  assert.is(list.take(whole)?.partitions, whole)
})

invalidations.run()
