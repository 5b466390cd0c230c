// Opens three live tables in each of many namespaces, and says what that takes while nothing happens.
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LinkTable } from '@rtnl/link'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { RouteTable } from '@rtnl/route'
import { answer, heldBytes, parameters, processorSeconds } from '../contestant.ts'

/** Namespaces that are being opened at the same time. */
const together = 16
/** Longer than an unused socket for dumps stays open. */
const settleMilliseconds = 1500
const idleSeconds = 2

const { names } = parameters<{ names: readonly string[] }>()

const descriptors = (): number => readdirSync('/proc/self/fd').length

const before = { descriptors: descriptors(), bytes: heldBytes(), processor: processorSeconds() }
const notifiers: Notifier[] = []
const waiting = names.values()

async function openNext(): Promise<void> {
  for (const netns of waiting) {
    const notifier = await Notifier.open({ netns })
    notifiers.push(notifier)
    await Promise.all([LinkTable.open({ notifier }), NexthopTable.open({ notifier }), RouteTable.open({ notifier })])
  }
}

const start = performance.now()
await Promise.all(Array.from({ length: together }, openNext))
const seconds = (performance.now() - start) / 1000
const opening = processorSeconds() - before.processor
await delay(settleMilliseconds)
const bytes = heldBytes() - before.bytes
const idle = processorSeconds()
await delay(idleSeconds * 1000)
const sample = {
  seconds,
  processorSeconds: opening,
  threads: readdirSync('/proc/self/task').length,
  descriptors: (descriptors() - before.descriptors) / names.length,
  bytesPerNamespace: bytes / names.length,
  idle: (processorSeconds() - idle) / idleSeconds,
}
for (const notifier of notifiers) notifier.close()
await answer(sample)
