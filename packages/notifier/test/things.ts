import { setImmediate } from 'node:timers/promises'
import { attribute, header, hidden, message, messageHeaderLength, string, u8, u16, u32 } from '@rtnl/netlink-core'
import { FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'

/** A made-up table for the tests. */
export const thingMessage = message('thing', {
  header: { family: header(u8), filler: hidden(u8), port: header(u16) },
  attributes: {
    id: attribute(1, u32),
    label: attribute(2, string(15)),
    age: attribute(3, u32, { volatile: true }),
    owner: attribute(4, u32),
  },
})

export type Thing = ReturnType<typeof thingMessage.decode>

export const ThingType = { NEW: 40, DEL: 41, GET: 42 } as const
export const THING_GROUP = 9

export const thingDefinition = {
  name: 'thing',
  message: thingMessage,
  types: { new: ThingType.NEW, delete: ThingType.DEL, get: ThingType.GET },
  groups: [THING_GROUP],
  key: ['id'] as const,
  keyText: ({ id }: Thing): string => String(id),
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable' as const,
}

export function thing(id: number, label = `thing ${id}`): Thing {
  return { family: 0, port: 0, id, label }
}

export function newThing(entry: Thing): Uint8Array {
  return messageBytes(thingMessage, { type: ThingType.NEW }, entry)
}

/** A message of things with one attribute whose length reaches beyond the message. */
export function brokenThing(type: number = ThingType.NEW): Uint8Array {
  const bytes = newThing({ family: 0, port: 0, id: 1 })
  bytes[messageHeaderLength + 4] = 99
  bytes[4] = type
  return bytes
}

export function makeKernel(): { kernel: FakeKernel; table: FakeTable<Thing> } {
  const kernel = new FakeKernel()
  return { kernel, table: new FakeTable(kernel, thingDefinition) }
}

/** Long enough for the fake kernel to carry out and deliver what is under way. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

/** Waits until something is so; fails after a minute. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within a minute: ${what}`)
    await setImmediate()
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it was not rejected')
}
