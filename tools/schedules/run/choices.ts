import { Random } from './random.ts'

export const faultKinds = [
  'overrun',
  'cut short',
  'malformed',
  'dump interrupted',
  'dump refused',
  'dump failed',
  'dump overrun',
  'request refused',
  'ack lost',
  'send refused',
  'socket broken',
  'aborted',
  'closed',
  'stalled',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What of a schedule is left out, to find out what matters. */
export interface Cuts {
  /** Places, in their order, of the faults that are not injected. */
  readonly faults: ReadonlySet<number>
  /** Places of the operations that are not carried out. */
  readonly operations: ReadonlySet<number>
}

export const noCuts: Cuts = { faults: new Set(), operations: new Set() }

/**
 * All decisions of one schedule. What happens next, which fault is injected and what programs and the kernel do have numbers
 * of their own, so that to leave out a fault changes the rest as little as possible.
 */
export class Choices {
  readonly order: Random
  readonly operations: Random
  readonly injected: Partial<Record<FaultKind, number>> = {}
  /** Faults so far, those that were cut too. */
  faultCount = 0
  operationCount = 0
  /** No more faults. */
  calm = false
  readonly #faults: Random
  readonly #cuts: Cuts
  /** How often faults of each kind are injected in this schedule, as a factor. */
  readonly #rates = new Map<FaultKind, number>()
  readonly #log: (line: string) => void

  constructor(seed: number, cuts: Cuts, log: (line: string) => void) {
    const seeds = new Random(seed)
    const draw = (): Random => new Random(seeds.next() * 2 ** 32)
    this.order = draw()
    this.operations = draw()
    this.#faults = draw()
    this.#cuts = cuts
    this.#log = log
    // Where all kinds come at once they hide each other.
    for (const kind of faultKinds) this.#rates.set(kind, this.#faults.pick([0, 0, 0.5, 1, 3]))
  }

  /** Whether a fault is injected now. */
  fault(kind: FaultKind, probability: number): boolean {
    if (this.calm) return false
    if (!this.#faults.chance(probability * (this.#rates.get(kind) ?? 1))) return false
    const place = this.faultCount++
    if (this.#cuts.faults.has(place)) return false
    this.injected[kind] = (this.injected[kind] ?? 0) + 1
    this.#log(`fault: ${kind}`)
    return true
  }

  /** Whether the next operation is carried out. */
  operation(): boolean {
    return !this.#cuts.operations.has(this.operationCount++)
  }
}
