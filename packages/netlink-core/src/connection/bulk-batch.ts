import { Writer } from '../codec/writer.ts'
import type { BulkRequest } from './bulk-request.ts'

/** The requests of one datagram. Its messages have consecutive sequence numbers, and are answered in their order. */
export class BulkBatch {
  readonly firstSequenceNumber: number
  /** For each request its place among all of the call. */
  readonly indexes: number[] = []
  /** How many of the requests, from the first on, have had their answer or never will. */
  settled = 0
  /** What requests noted, one behind the other. It may be used again once the batch is complete. */
  readonly notes: Writer
  readonly #given: BulkRequest<unknown>[] = []
  /** Where the note of each ends. */
  readonly #noteEnds: number[] = []

  constructor(firstSequenceNumber: number, notes: Writer) {
    this.firstSequenceNumber = firstSequenceNumber
    this.notes = notes
  }

  /** @param index of the request among all of the call */
  add(request: BulkRequest<unknown>, index: number): void {
    request.note?.(this.notes)
    this.#given.push(request)
    this.#noteEnds.push(this.notes.length)
    this.indexes.push(index)
  }

  /** A request as it was given. */
  request(place: number): BulkRequest<unknown> {
    const given = this.#given[place]!
    const start = place === 0 ? 0 : this.#noteEnds[place - 1]!
    return given.restore?.(this.notes.view, start, this.#noteEnds[place]!) ?? given
  }

  get size(): number {
    return this.#given.length
  }

  get nextSequenceNumber(): number {
    return this.firstSequenceNumber + this.size
  }

  /** The sequence number of the next answer. */
  get nextExpected(): number {
    return this.firstSequenceNumber + this.settled
  }

  /** How many answers are to come. */
  get expected(): number {
    return this.size - this.settled
  }

  get complete(): boolean {
    return this.settled === this.size
  }

  /** @returns the place of the request with a sequence number, -1 if it is in another batch */
  placeOf(sequenceNumber: number): number {
    const place = sequenceNumber - this.firstSequenceNumber
    return place < this.size ? Math.max(place, -1) : -1
  }
}

/** A request that is held while the object that was given may be given again as another one. */
export function held(given: BulkRequest<unknown>): BulkRequest<unknown> {
  const notes = new Writer(256)
  given.note?.(notes)
  return given.restore?.(notes.view, 0, notes.length) ?? given
}
