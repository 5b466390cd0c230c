import { NativeTransport, type NativeTransportOptions } from '../../src/transport/native-transport.ts'
import type { OverrunReason } from '../../src/transport/transport.ts'
import { type Header, headersIn, RTNLGRP_NEXTHOP } from './messages.ts'

/** A transport that notes what its handler is told. */
export class Peer {
  readonly transport: NativeTransport
  readonly headers: Header[] = []
  readonly overruns: OverrunReason[] = []
  /** Lengths of the batches. */
  readonly batches: number[] = []
  #wake: () => void = () => {}

  constructor(options: NativeTransportOptions = {}) {
    this.transport = NativeTransport.open(options)
    this.transport.start({
      data: (bytes) => {
        this.headers.push(...headersIn(bytes))
        this.batches.push(bytes.length)
        this.#wake()
      },
      overrun: (reason) => {
        this.overruns.push(reason)
        this.#wake()
      },
      failed: raise,
    })
  }

  /** A peer that hears of nexthop changes. */
  static listening(options: NativeTransportOptions = {}): Peer {
    const peer = new Peer(options)
    peer.transport.join(RTNLGRP_NEXTHOP)
    return peer
  }

  /** Waits for the handler's next call until the condition holds. The test's own time limit ends a vain wait. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  /** Sends requests in one datagram and waits for as many answers. */
  async request(bytes: Uint8Array, answers = 1): Promise<void> {
    const expected = this.headers.length + answers
    this.transport.send(bytes, raise)
    await this.until(() => this.headers.length >= expected)
  }

  sync(): Promise<void> {
    return new Promise((resolve) => this.transport.sync(resolve))
  }
}

export function raise(error: Error): void {
  throw error
}

/** Keeps the event loop from running. */
export function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
