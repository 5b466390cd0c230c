import type { OverrunReason, Transport, TransportHandler, TransportStats } from '@rtnl/netlink-core'
import { Remark, type RemarkWord } from '../remarks.ts'

/** Takes what happens to a socket. */
export interface SocketLog {
  sent(bytes: Uint8Array): void
  received(bytes: Uint8Array, nsid: number | undefined): void
  remark(word: RemarkWord, text: string): void
  closed(): void
}

const losses = {
  overrun: 'messages were lost, the receive buffer was full (ENOBUFS)',
  truncated: 'a datagram was cut short, its messages were lost (MSG_TRUNC)',
} as const satisfies Record<OverrunReason, string>

/** A socket whose messages are recorded before anybody else sees them. */
export class RecordedSocket implements Transport {
  readonly portId: number
  readonly largestSend: number | undefined
  readonly #socket: Transport
  readonly #log: SocketLog
  #closed = false

  constructor(socket: Transport, log: SocketLog) {
    this.portId = socket.portId
    this.largestSend = socket.largestSend
    this.#socket = socket
    this.#log = log
    log.remark(Remark.OPENED, `port id ${socket.portId}, receive buffer ${socket.stats().receiveBuffer} bytes`)
  }

  start(handler: TransportHandler): void {
    const log = this.#log
    this.#socket.start({
      data(bytes, nsid) {
        log.received(bytes, nsid)
        handler.data(bytes, nsid)
      },
      overrun(reason) {
        log.remark(reason, losses[reason])
        handler.overrun(reason)
      },
      empty() {
        log.remark(Remark.EMPTY, 'a datagram of no bytes')
        handler.empty?.()
      },
      failed: (error) => {
        log.remark(Remark.FAILED, error.message)
        this.#end()
        handler.failed(error)
      },
    })
  }

  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    this.#log.sent(bytes)
    this.#socket.send(bytes, (error) => {
      this.#log.remark(Remark.REFUSED, error.message)
      failed(error)
    })
  }

  bulk(running: boolean): void {
    this.#socket.bulk?.(running)
  }

  join(group: number): void {
    this.#socket.join(group)
  }

  leave(group: number): void {
    this.#socket.leave(group)
  }

  sync(done: () => void): void {
    this.#socket.sync(() => {
      this.#log.remark(Remark.FENCE, 'all that was queued before has been received')
      done()
    })
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  stats(): TransportStats {
    return this.#socket.stats()
  }

  close(): void {
    this.#socket.close()
    this.#end()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#log.remark(Remark.CLOSED, '')
    this.#log.closed()
  }
}
