import type { MessageCursor } from '../codec/message-reader.ts'
import { ControlMessage } from '../netlink.ts'
import { countPlainAcks, plainAckLength, readAck } from './ack.ts'
import type { BulkBatch } from './bulk-batch.ts'
import type { BulkOptions, BulkRequest, BulkResult } from './bulk-request.ts'
import { type BulkHost, BulkRun } from './bulk-run.ts'
import type { Asker, RequestSocket } from './request-socket.ts'

interface Flight {
  readonly run: BulkRun
  readonly batch: BulkBatch
}

/**
 * Many requests at a time, without a promise or an entry of a map for each. The kernel answers in the order of the
 * requests, so an ack belongs to the oldest batch in flight; where it does not, the acks between were lost.
 */
export class BulkRequester implements Asker, BulkHost {
  readonly socket: RequestSocket
  readonly #runs = new Set<BulkRun>()
  /** In the order of sending. A batch stays until each of its requests has succeeded or failed. */
  #flights: Flight[] = []
  /** The socket was told that it is to send in bulk. */
  #bulk = false

  constructor(socket: RequestSocket) {
    this.socket = socket
    socket.attach(this)
  }

  /** See `Connection.requestAll`. */
  requestAll<Entry, More>(
    requests: Iterable<(BulkRequest<Entry> & More) | undefined>,
    options: BulkOptions = {},
  ): Promise<BulkResult<BulkRequest<Entry> & More>> {
    return new Promise((resolve, reject) => {
      if (this.socket.end !== undefined) throw this.socket.end
      options.signal?.throwIfAborted()
      const given = requests as Iterable<BulkRequest<unknown> | undefined>
      this.#runs.add(new BulkRun(this, given, options, resolve as (result: BulkResult<unknown>) => void, reject))
      this.socket.hold(this)
    })
  }

  send(run: BulkRun, batch: BulkBatch, bytes: Uint8Array): void {
    const flight = { run, batch }
    // One datagram is no more than what single requests are sent in.
    if (this.#flights.length > 0) this.#setBulk(true)
    this.#flights.push(flight)
    this.socket.send(bytes, batch.size, (error) => {
      if (this.#remove(flight)) run.refused(batch, error)
    })
  }

  forget(run: BulkRun): void {
    this.#flights = this.#flights.filter((flight) => flight.run !== run)
    this.#runs.delete(run)
    if (this.#runs.size > 0) return
    this.#setBulk(false)
    this.socket.release(this)
  }

  takeAcks(words: Int32Array): number {
    let acks = 0
    for (;;) {
      const flight = this.#flights[0]
      if (flight === undefined) return acks
      const { run, batch } = flight
      const { nextExpected, expected } = batch
      const count = countPlainAcks(words, (acks * plainAckLength) / 4, nextExpected, expected)
      if (count === 0) return acks
      acks += count
      run.succeeded(batch, count)
      if (batch.complete) this.#remove(flight)
    }
  }

  answered(cursor: MessageCursor): boolean {
    const index = this.#flights.findIndex(({ batch }) => batch.placeOf(cursor.seq) >= 0)
    const flight = this.#flights[index]
    if (flight === undefined) return false
    const { run, batch } = flight
    const place = batch.placeOf(cursor.seq)
    if (place < batch.settled) return false
    if (cursor.type !== ControlMessage.ERROR) return true
    for (const earlier of this.#flights.slice(0, index)) this.#lose(earlier)
    run.lost(batch, place)
    run.answered(batch, readAck(cursor))
    if (batch.complete) this.#remove(flight)
    return true
  }

  lost(): void {
    if (this.#flights.length === 0) return
    // Until the fence is answered, acks arrive. A request without an ack by then has lost it.
    const inDoubt = [...this.#flights]
    this.socket.sync(() => {
      for (const flight of inDoubt) this.#lose(flight)
    })
  }

  ended(error: Error): void {
    for (const run of this.#runs) run.giveUp(error)
  }

  #setBulk(running: boolean): void {
    if (this.#bulk === running) return
    this.#bulk = running
    this.socket.bulk(running)
  }

  #lose(flight: Flight): void {
    if (this.#remove(flight)) flight.run.lost(flight.batch, flight.batch.size)
  }

  /** @returns whether the batch was in flight */
  #remove(flight: Flight): boolean {
    const index = this.#flights.indexOf(flight)
    if (index >= 0) this.#flights.splice(index, 1)
    return index >= 0
  }
}
