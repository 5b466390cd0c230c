import { add, get, read, rejection, thing, withConnection } from './thing.ts'

/** Prints nothing itself: what it does shows in the trace. */
await withConnection(async ({ connection, kernel }) => {
  await connection.request(add(thing(7)))
  await connection.request(get(7))
  await rejection(connection.request(add(thing(8), 0)))
  await read(connection)
  kernel.sockets('request')[0]?.receive(new Uint8Array(5))
  await connection.request(get(7))
})
