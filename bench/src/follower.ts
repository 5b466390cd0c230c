import { NodeProcess } from './node-process.ts'

/** The commands for a process that follows the routes of a namespace. */
export type FollowerCommand =
  /** Begins to count. Answered by `{}`. */
  | { readonly do: 'begin' }
  /** Blocks the event loop for so long. Answered by `{}` just before. */
  | { readonly do: 'block'; readonly milliseconds: number }
  /** Waits until the table shows all that happened before the call. Answered by `FollowerCounts`. */
  | { readonly do: 'catch up' }
  /** Compares the table with a fresh dump. Answered by `{ lost: number }`: entries that are in one of them only. */
  | { readonly do: 'compare' }

/** What happened between `begin` and the end of `catch up`. */
export interface FollowerCounts {
  /** When the table showed everything, in seconds of the clock of `process.hrtime`. */
  readonly fresh: number
  /** When the event loop was free again, by the same clock; absent if it was not blocked. */
  readonly unblocked?: number
  readonly processorSeconds: number
  /** Messages that the kernel dropped, by its own account. */
  readonly drops: number
  /** Times that messages were lost. */
  readonly overruns: number
  /** Times that the table or a part of it was read again. */
  readonly relists: number
  /** The number of changes that a reader received; absent without a reader. */
  readonly received?: number
  readonly peakBytes: number
}

export interface FollowerParameters {
  readonly netns: string
  /** Whether somebody reads the changes. */
  readonly reads: boolean
}

/** A process of its own in which a live table follows the routes of a namespace, with the settings as they come. */
export class Follower extends NodeProcess {
  private constructor(parameters: FollowerParameters) {
    super('follower', parameters)
  }

  /** Resolves once the table is open. */
  static async start(parameters: FollowerParameters): Promise<Follower> {
    const follower = new Follower(parameters)
    await follower.next<object>()
    return follower
  }

  async begin(): Promise<void> {
    await this.command({ do: 'begin' })
  }

  /** Resolves when it is about to block. */
  async block(milliseconds: number): Promise<void> {
    await this.command({ do: 'block', milliseconds })
  }

  catchUp(): Promise<FollowerCounts> {
    return this.command<FollowerCounts>({ do: 'catch up' })
  }

  async compare(): Promise<number> {
    return (await this.command<{ lost: number }>({ do: 'compare' })).lost
  }

  private command<Answer>(command: FollowerCommand): Promise<Answer> {
    return this.ask<Answer>(command)
  }
}
