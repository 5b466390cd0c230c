import { describeNetns, type Netns, openNetns, watchNetns } from '../netns.ts'
import { NativeTransport } from '../transport/native-transport.ts'
import type { TransportFactory } from '../transport/transport.ts'

/** Answers to requests are read before the next are sent, so that a small buffer is enough. */
const requestBuffer = 1024 * 1024

/** A dump is not read further than this ahead of the program; the kernel waits. */
const dumpPendingLimit = 4 * 1024 * 1024

/**
 * Kernel sockets in one namespace. The namespace is opened once, so that all sockets are in the same one even if its name
 * is given to another meanwhile.
 */
export function systemTransports(options: {
  readonly netns?: Netns | undefined
  readonly receiveBuffer?: number | undefined
  readonly pendingLimit?: number | undefined
  readonly allNsid?: boolean | undefined
}): TransportFactory {
  const netns = options.netns === undefined ? undefined : openNetns(options.netns)
  return {
    name: options.netns === undefined ? 'own netns' : `netns ${describeNetns(options.netns)}`,
    open(purpose) {
      if (purpose === 'notification') {
        const { receiveBuffer, pendingLimit, allNsid } = options
        return NativeTransport.open({ netns, receiveBuffer, pendingLimit, allNsid })
      }
      const dumps = purpose === 'dump'
      const pendingLimit = dumps ? dumpPendingLimit : undefined
      return NativeTransport.open({ netns, receiveBuffer: requestBuffer, pendingLimit, dumps, purpose })
    },
    watch(gone) {
      if (options.netns === undefined || netns === undefined) return () => {}
      return watchNetns(options.netns, netns, gone)
    },
    close() {
      netns?.close()
    },
  }
}
