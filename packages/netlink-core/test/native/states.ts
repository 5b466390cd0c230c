import { openNetns } from '../../src/netns.ts'
import type { NativeNamespace } from '../../src/transport/native-binding.ts'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { concatenate, dumpNexthops, headersIn, MessageType, RTNLGRP_NEXTHOP, setNexthop } from './messages.ts'

/** What a socket is doing when its process, its worker or its owner ends. */
export type State = 'opened' | 'in namespace' | 'open' | 'busy' | 'many' | 'closing'

export const states: readonly State[] = ['opened', 'in namespace', 'open', 'busy', 'many', 'closing']

/** Held until the end. */
const namespaces: NativeNamespace[] = []

/**
 * Brings sockets into a state and returns them.
 * - `opened`: without an I/O thread yet
 * - `in namespace`: the same in a namespace that is open too
 * - `open`: listening, nothing happens
 * - `busy`: one listens to changes that another makes without end; a third dumps without end
 * - `many`: as busy, and forty more listen on the same thread
 * - `closing`: as busy, and closed at this moment, with messages and announcements on their way
 */
export async function enter(state: State): Promise<NativeTransport[]> {
  if (state === 'opened') return [NativeTransport.open()]
  if (state === 'in namespace') {
    const netns = openNetns('/proc/self/ns/net')
    namespaces.push(netns)
    return [NativeTransport.open({ netns })]
  }
  const listener = NativeTransport.open()
  listener.join(RTNLGRP_NEXTHOP)
  const others = Array.from({ length: state === 'many' ? 40 : 0 }, () => {
    const other = NativeTransport.open()
    other.join(RTNLGRP_NEXTHOP)
    other.start({ data: ignore, overrun: ignore, failed: raise })
    return other
  })
  if (state === 'open') {
    listener.start({ data: ignore, overrun: ignore, failed: raise })
    return [listener]
  }
  const changer = NativeTransport.open()
  const dumper = NativeTransport.open()
  await new Promise<void>((resolve) => {
    let heard = 0
    listener.start({
      data(bytes) {
        heard += headersIn(bytes).length
        if (heard > 1000) resolve()
      },
      overrun: ignore,
      failed: raise,
    })
    floodWithChanges(changer)
    floodWithDumps(dumper)
  })
  if (state === 'closing') for (const transport of [listener, changer, dumper]) transport.close()
  return [listener, changer, dumper, ...others]
}

const batch = concatenate(Array.from({ length: 100 }, (_, index) => setNexthop(index + 1, 1)))

function floodWithChanges(transport: NativeTransport): void {
  let acks = 0
  transport.start({
    data(bytes) {
      acks += headersIn(bytes).filter(({ type }) => type === MessageType.ERROR).length
      if (acks % 100 === 0) transport.send(batch, raise)
    },
    overrun: ignore,
    failed: raise,
  })
  transport.send(batch, raise)
}

function floodWithDumps(transport: NativeTransport): void {
  transport.start({
    data(bytes) {
      if (headersIn(bytes).at(-1)?.type === MessageType.DONE) transport.send(dumpNexthops(1), raise)
    },
    overrun: ignore,
    failed: raise,
  })
  transport.send(dumpNexthops(1), raise)
}

function ignore(): void {}

function raise(error: Error): void {
  throw error
}
