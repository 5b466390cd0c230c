import type { BulkRequest } from './bulk-request.ts'

/** The requests of one datagram. Its messages have consecutive sequence numbers, and are answered in their order. */
export class BulkBatch {
  readonly firstSequenceNumber: number
  readonly requests: BulkRequest<unknown>[] = []
  /** For each request its place among all of the call. */
  readonly indexes: number[] = []
  /** How many of the requests, from the first on, have had their answer or never will. */
  settled = 0

  constructor(firstSequenceNumber: number) {
    this.firstSequenceNumber = firstSequenceNumber
  }

  get nextSequenceNumber(): number {
    return this.firstSequenceNumber + this.requests.length
  }

  /** The sequence number of the next answer. */
  get nextExpected(): number {
    return this.firstSequenceNumber + this.settled
  }

  /** How many answers are to come. */
  get expected(): number {
    return this.requests.length - this.settled
  }

  get complete(): boolean {
    return this.settled === this.requests.length
  }

  /** @returns the place of the request with a sequence number, -1 if it is in another batch */
  placeOf(sequenceNumber: number): number {
    const place = sequenceNumber - this.firstSequenceNumber
    return place < this.requests.length ? Math.max(place, -1) : -1
  }
}
