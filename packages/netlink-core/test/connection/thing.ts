import { setImmediate } from 'node:timers/promises'
import {
  address,
  attribute,
  Connection,
  header,
  hex,
  hidden,
  MessageFlag,
  message,
  nested,
  type Request,
  string,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'

/** A message for the tests: a header, plain attributes and a nested set. */
export const thingMessage = message('thing', {
  header: { family: header(u8), filler: hidden(u8), flags: header(u16) },
  attributes: {
    id: attribute(1, u32),
    label: attribute(2, string(15)),
    gateway: attribute(3, address),
    note: attribute(5, hex),
    options: attribute(4, nested('options', { limit: attribute(1, u32) })),
  },
})

export type Thing = ReturnType<typeof thingMessage.decode>

export const ThingType = { NEW: 40, DEL: 41, GET: 42 } as const

export const thingDefinition = {
  message: thingMessage,
  types: { new: ThingType.NEW, delete: ThingType.DEL, get: ThingType.GET },
  groups: [9],
  keyText: ({ id }: Thing) => String(id),
}

export function add(entry: Partial<Thing>, flags: number = MessageFlag.CREATE): Request<Thing> {
  return { message: thingMessage, type: ThingType.NEW, flags, entry, operation: `add thing id ${entry.id}` }
}

export function get(id: number): Request<Thing> {
  return { message: thingMessage, type: ThingType.GET, entry: { id }, operation: `get thing id ${id}` }
}

export const dumpThings: Request<Thing> = {
  message: thingMessage,
  type: ThingType.GET,
  entry: {},
  operation: 'dump thing',
}

export interface Place {
  readonly kernel: FakeKernel
  readonly table: FakeTable<Thing>
  readonly connection: Connection
}

/** A kernel with a table of things, and a connection to it that is closed in the end. */
export async function withConnection(run: (place: Place) => Promise<void>): Promise<void> {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, thingDefinition)
  const connection = await Connection.open({ transports: kernel })
  try {
    await run({ kernel, table, connection })
  } finally {
    connection.close()
  }
}

export function thing(id: number, label = `thing ${id}`): Thing {
  return { family: 0, flags: 0, id, label }
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

/** Long enough for the fake kernel to carry out and deliver what is under way. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

/** All entries of a dump. */
export async function read(connection: Connection, signal?: AbortSignal): Promise<Thing[]> {
  const entries: Thing[] = []
  for await (const batch of connection.dump(dumpThings, { signal })) entries.push(...batch)
  return entries
}
