/** Forgets namespaces, open ones and closed ones, and fails if the collector does not close just the open ones. */
import { fstatSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { openNetns } from '../../src/netns.ts'
import type { NativeNamespace } from '../../src/transport/native-binding.ts'
import { countResources } from './resources.ts'

const own = '/proc/self/ns/net'
const count = 20
const { namespaces: before } = countResources()

let closed: NativeNamespace[] = Array.from({ length: count }, () => openNetns(own))
for (const namespace of closed) namespace.close()
// They get the numbers of the descriptors that were just closed.
const files = Array.from({ length: count }, () => openSync('/dev/null', 'r'))

let open: NativeNamespace[] = Array.from({ length: count }, () => openNetns(own))
if (countResources().namespaces !== before + count) throw new Error('the namespaces are not open')

closed = []
open = []
const end = performance.now() + 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)
while (countResources().namespaces > before && performance.now() < end) {
  // What the stack still shows to a collector that guesses is written over.
  Array.from({ length: 1000 }, (_, index) => ({ index }))
  ;(globalThis as { gc?: () => void }).gc?.()
  await delay(2)
}
const left = countResources().namespaces - before
if (left !== 0) throw new Error(`${left} namespaces are open after collection`)
for (const file of files) if (!fstatSync(file).isCharacterDevice()) throw new Error(`${file} is another file now`)
if (closed.length + open.length !== 0) throw new Error('not forgotten')
