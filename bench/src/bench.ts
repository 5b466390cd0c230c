import { BenchNamespace } from './bench-namespace.ts'
import type { Peer } from './peers/peer.ts'
import type { Programs } from './programs.ts'
import type { Runtime } from './runtimes.ts'
import type { Contestant, Sample } from './sample.ts'

/** No job is run with less: a number of routes that means something. */
const leastCount = 100

export interface BenchOptions {
  readonly programs: Programs
  readonly peers: readonly Peer[]
  readonly runtimes: readonly Runtime[]
  /** How often each contestant runs. */
  readonly runs: number
  /** What every number of routes and changes is multiplied by. */
  readonly scale: number
}

/** What a job needs to run: namespaces, numbers, and turns. */
export class Bench {
  readonly programs: Programs
  readonly runs: number
  /** Peers that are installed and wanted. */
  readonly peers: readonly Peer[]
  /** Runtimes beside Node.js that are installed. */
  readonly runtimes: readonly Runtime[]
  readonly #job: string
  readonly #scale: number
  readonly #namespaces: BenchNamespace[] = []

  constructor(job: string, { programs, peers, runtimes, runs, scale }: BenchOptions) {
    this.#job = job
    this.programs = programs
    this.peers = peers
    this.runtimes = runtimes
    this.runs = runs
    this.#scale = scale
  }

  /** A number of routes or changes, as large as this run of the benchmark wants it. */
  count(full: number): number {
    return Math.max(leastCount, Math.round(full * this.#scale))
  }

  /** Several such numbers; those that become the same are one. */
  counts(full: readonly number[]): readonly number[] {
    return [...new Set(full.map((one) => this.count(one)))]
  }

  /** Says what is going on, to people. */
  progress(text: string): void {
    console.error(`${this.#job}: ${text}`)
  }

  /** Makes a network namespace that is deleted when the job ends. */
  async namespace(): Promise<BenchNamespace> {
    const namespace = await BenchNamespace.make(`${this.#job}-${this.#namespaces.length}`, this.programs)
    this.#namespaces.push(namespace)
    return namespace
  }

  /**
   * Runs the contestants in turn, each as often as wanted, so that a machine whose speed drifts treats all alike.
   * @returns the samples of each; those with the same index are of one turn, which some do not take part in at the end
   */
  async inTurn(contestants: readonly Contestant[]): Promise<Sample[][]> {
    const samples: Sample[][] = contestants.map(() => [])
    for (let run = 1; run <= this.runs; run++) {
      for (const [place, { name, routes, measure, mostRuns }] of contestants.entries()) {
        if (run > (mostRuns ?? run)) continue
        const sample = await measure()
        samples[place]!.push(sample)
        const seconds = sample.seconds === undefined ? '' : ` ${sample.seconds.toFixed(3)} s`
        this.progress(`run ${run} of ${this.runs}, ${routes} routes: ${name}${seconds}`)
      }
    }
    return samples
  }

  async end(): Promise<void> {
    for (const namespace of this.#namespaces) await namespace.delete()
  }
}
