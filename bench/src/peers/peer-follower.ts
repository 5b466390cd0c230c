import type { BenchNamespace } from '../bench-namespace.ts'
import type { FollowerCounts, RouteFollower } from '../follower.ts'
import type { Peer } from './peer.ts'
import { PeerProcess } from './peer-process.ts'

/** A peer that follows the routes of a namespace into a table of its own, as `Follower` does with a live table. */
export class PeerFollower implements RouteFollower {
  readonly #process: PeerProcess
  readonly #namespace: BenchNamespace
  #processorSeconds = 0
  #died = false

  private constructor(process: PeerProcess, namespace: BenchNamespace) {
    this.#process = process
    this.#namespace = namespace
  }

  /** Resolves once it has the table. */
  static async start(peer: Peer, namespace: BenchNamespace): Promise<PeerFollower> {
    const process = new PeerProcess(peer, namespace)
    await process.ask('follow')
    return new PeerFollower(process, namespace)
  }

  async begin(): Promise<void> {
    this.#processorSeconds = await this.#process.processorSeconds()
  }

  async block(milliseconds: number): Promise<void> {
    await this.#process.ask(`block ${milliseconds}`)
  }

  async catchUp(): Promise<FollowerCounts> {
    const answer = await this.#ask('catch-up')
    // Nothing is known any more of one that died.
    if (answer === undefined) return { ended: 1 }
    const { fresh = 0, received = 0, overruns = 0, unblocked = 0, ended = 0 } = answer
    const processorSeconds = (await this.#process.processorSeconds()) - this.#processorSeconds
    const drops = await this.#namespace.drops()
    const peakBytes = await this.#process.peakBytes()
    return {
      received,
      overruns,
      ended,
      ...(drops === undefined ? {} : { drops }),
      processorSeconds,
      ...(ended === 1 ? {} : { fresh, unblocked }),
      ...(peakBytes === undefined ? {} : { peakBytes }),
    }
  }

  async compare(): Promise<number | undefined> {
    return (await this.#ask('compare'))?.lost
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }

  async #ask(line: string) {
    if (this.#died) return undefined
    try {
      return await this.#process.ask(line)
    } catch {
      this.#died = true
      return undefined
    }
  }
}
