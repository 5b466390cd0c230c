import type { ClientChanges } from '../live/client-changes.ts'

const encoder = new TextEncoder()

/**
 * Server-sent events for a client. Nothing is made before the connection takes it: what happens meanwhile is merged.
 * @param ended called once, when nobody reads any more
 */
export function eventStream(client: ClientChanges, ended: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // The browser knows then that it is connected.
        controller.enqueue(encoder.encode('retry: 1000\n: connected\n\n'))
      },
      async pull(controller) {
        const message = await client.next()
        if (message === undefined) {
          ended()
          controller.close()
          return
        }
        const isEmpty = Object.keys(message.tables).length === 0
        const text = isEmpty ? ': nothing has changed\n\n' : `event: changes\ndata: ${JSON.stringify(message)}\n\n`
        controller.enqueue(encoder.encode(text))
      },
      cancel() {
        ended()
        client.end()
      },
    },
    { highWaterMark: 0 },
  )
}
