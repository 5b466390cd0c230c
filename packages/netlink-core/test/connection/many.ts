import { type BulkRequest, readMessages } from '@rtnl/netlink-core'
import { add, type Place, type Thing, thing } from './thing.ts'

/** As many as may be in flight: 8 datagrams of 128. */
export const mostInFlight = 1024

/** Requests for things with ids in a row. */
export function* adds(count: number, first = 0): Generator<BulkRequest<Thing>> {
  for (let id = first; id < first + count; id++) yield add(thing(id))
}

/** How many messages there were in each datagram that was sent. */
export function sizes({ kernel }: Place): number[] {
  return kernel.sockets('request').flatMap(({ sent }) => sent.map((bytes) => readMessages(bytes, () => {})))
}

/** The ids in the table of the kernel. */
export function ids({ table }: Place): number[] {
  return [...table.entries.values()].map(({ id }) => id ?? -1)
}

/** 0, 1 and so on. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
