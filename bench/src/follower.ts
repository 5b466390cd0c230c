import { NodeProcess } from './node-process.ts'
import { node, type Runtime } from './runtimes.ts'
import type { Sample } from './sample.ts'

/** What a process that follows the routes of a namespace can be received. */
export type FollowerCommand =
  /** Begins to count. Answered by `{}`. */
  | { readonly do: 'begin' }
  /** Blocks the event loop for so long. Answered by `{}` just before. */
  | { readonly do: 'block'; readonly milliseconds: number }
  /** Waits until the table shows all that happened before the call. Answered by `FollowerCounts`. */
  | { readonly do: 'catch up' }
  /** Answered by `{ clock: number }`: seconds of the clock of `process.hrtime`. */
  | { readonly do: 'read the clock' }
  /** Compares the table with a fresh dump. Answered by `{ lost: number }`: entries that are in one of them only. */
  | { readonly do: 'compare' }

/** What happened between `begin` and the end of `catch up`; what is not known is absent. */
export type FollowerCounts = Sample & {
  /** When the table showed everything, in seconds of the clock of `process.hrtime`. */
  readonly fresh?: number
  /** When the event loop was free again, by the same clock; absent if it was not blocked. */
  readonly unblocked?: number
  readonly processorSeconds?: number
  /** Messages that the kernel dropped, by its own account. */
  readonly drops?: number
  /** Times that messages were lost. */
  readonly overruns?: number
  /** Times that the table or a part of it was read again. */
  readonly relists?: number
  /** Changes that a reader was received; absent if there is none. */
  readonly received?: number
  /** 1 if it stopped to follow, so that its table is that of some time before. */
  readonly ended?: number
  readonly peakBytes?: number
}

/** Somebody who follows the routes of a namespace. */
export interface RouteFollower extends AsyncDisposable {
  /** Begins to count. */
  begin(): Promise<void>
  /** Holds whoever takes the changes for so long; resolves when that begins. */
  block(milliseconds: number): Promise<void>
  /** Resolves when the table shows all that happened before the call, or does not come any nearer. */
  catchUp(): Promise<FollowerCounts>
  /** Entries that are in the table or in a fresh dump only; `undefined` if there is no table any more. */
  compare(): Promise<number | undefined>
}

export interface FollowerParameters {
  readonly netns: string
  /** Whether somebody reads the changes. */
  readonly reads: boolean
}

/** Seconds by the clock that the writer in C uses too. */
const now = (): number => Number(process.hrtime.bigint()) / 1e9

/** A process of its own in which a live table follows the routes of a namespace, with the settings as they come. */
export class Follower extends NodeProcess implements RouteFollower {
  /** Seconds by which the clock of this process is ahead of its own: that of other runtimes begins with the process. */
  #ahead = 0

  private constructor(parameters: FollowerParameters, runtime: Runtime) {
    super('follower', parameters, runtime)
  }

  /** Resolves once the table is open. */
  static async start(parameters: FollowerParameters, runtime = node): Promise<Follower> {
    const follower = new Follower(parameters, runtime)
    await follower.next<object>()
    if (runtime !== node) await follower.#compareClocks()
    return follower
  }

  async begin(): Promise<void> {
    await this.ask({ do: 'begin' } satisfies FollowerCommand)
  }

  /** Resolves when it is about to block. */
  async block(milliseconds: number): Promise<void> {
    await this.ask({ do: 'block', milliseconds } satisfies FollowerCommand)
  }

  async catchUp(): Promise<FollowerCounts> {
    const { fresh, unblocked, ...counts } = await this.ask<FollowerCounts>({
      do: 'catch up',
    } satisfies FollowerCommand)
    return {
      ...counts,
      ...(fresh === undefined ? {} : { fresh: fresh + this.#ahead }),
      ...(unblocked === undefined ? {} : { unblocked: unblocked + this.#ahead }),
    }
  }

  async compare(): Promise<number> {
    return (await this.ask<{ lost: number }>({ do: 'compare' } satisfies FollowerCommand)).lost
  }

  /** Takes the middle between question and answer for the moment of the answer. */
  async #compareClocks(): Promise<void> {
    const asked = now()
    const { clock } = await this.ask<{ clock: number }>({ do: 'read the clock' } satisfies FollowerCommand)
    this.#ahead = (asked + now()) / 2 - clock
  }
}
