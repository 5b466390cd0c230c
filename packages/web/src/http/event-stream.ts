import type { ChangesMessage } from '../api.ts'
import type { ClientChanges } from '../live/client-changes.ts'

const encoder = new TextEncoder()

/**
 * Server-sent events for a client. Nothing is made before the connection takes it: what happens meanwhile is merged.
 * @param ended called once, when nobody reads any more
 */
export function eventStream(client: ClientChanges, ended: () => void): ReadableStream<Uint8Array> {
  let hasEnded = false
  const end = (): void => {
    hasEnded = true
    client.end()
    ended()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // The browser knows then that it is connected.
        controller.enqueue(encoder.encode('retry: 1000\n: connected\n\n'))
      },
      async pull(controller) {
        try {
          const message = await client.next()
          // A connection usually goes while its stream waits for a message.
          if (hasEnded) return
          if (message === undefined) {
            end()
            controller.close()
          } else controller.enqueue(encoder.encode(textOf(message)))
        } catch (error) {
          // Nobody cancels a stream that failed.
          end()
          throw error
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

function textOf(message: ChangesMessage): string {
  const isEmpty = Object.keys(message.tables).length === 0
  return isEmpty ? ': nothing has changed\n\n' : `event: changes\ndata: ${JSON.stringify(message)}\n\n`
}
