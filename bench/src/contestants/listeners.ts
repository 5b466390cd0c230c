// Listens to the routes of a namespace by many listeners of one notifier, each with a queue of its own.
import { MulticastGroup } from '@rtnl/netlink-core'
import { type ListenerDefinition, Notifier } from '@rtnl/notifier'
import { RouteMessage } from '@rtnl/route'
import { numberVector } from '@rtnl/vec-utils'
import { answer, parameters, peakBytes, processorSeconds } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'

const { netns, listeners: count } = parameters<{ netns: string; listeners: number }>()
await using notifier = await Notifier.open({ netns })

/** Keeps the type of each message: what a listener costs is not to be hidden behind what decoding costs. */
const definition: ListenerDefinition<number> = {
  name: 'route',
  groups: [MulticastGroup.IPV4_ROUTE],
  types: [RouteMessage.NEW, RouteMessage.DEL],
  decode: ({ type }) => type,
  queue: () => numberVector('u8'),
}

const listeners = Array.from({ length: count }, () => notifier.listen(definition))
await Promise.all(listeners.map((listener) => listener.update(true)))

let received = 0
let losses = 0

function take(): void {
  for (const listener of listeners) {
    for (let event = listener.take(); event !== undefined; event = listener.take()) {
      if (event.kind === 'lost') {
        losses++
      } else {
        received += event.messages.length
        listener.flush()
      }
    }
  }
}

const hold = await LoopHold.start()
const before = processorSeconds()
let expected = Number.POSITIVE_INFINITY
process.once('message', (question: { readonly sent: number }) => {
  expected = question.sent * count
})
await answer({})
while (received < expected && losses === 0) {
  // It looks again now and then: the last message may have come before the number of all of them.
  await notifier.wait({ signal: AbortSignal.timeout(100) }).catch(() => {})
  if (notifier.run()) take()
}
await answer({
  received: received / count,
  lost: losses,
  processorSeconds: processorSeconds() - before,
  ...hold.stop(),
  peakBytes: peakBytes(),
})
