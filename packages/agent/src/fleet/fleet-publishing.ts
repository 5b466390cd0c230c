import { Publisher, secretsFrom } from '@rtnl/fleet'
import type { LiveTable } from '@rtnl/live-table'
import { aborted } from '@rtnl/netlink-core/internal'
import type { NatsConfig } from '../config/nats-config.ts'
import { aboutThisProcess, hasEnded } from './this-process.ts'

/** How the publishing of an agent's tables goes. */
export interface FleetStatus {
  /** The fleet. */
  readonly fleet: string
  /** The name of this node in it. */
  readonly node: string
  /** `waiting`: for a server, or for the name of the node; nothing is published. */
  readonly state: 'waiting' | 'publishing'
  /** Why what the tables hold does not get to the server now. */
  readonly problem?: string | undefined
  /** Tables that are published. */
  readonly tables: number
  /** Snapshots begun since the agent started. */
  readonly snapshots: number
}

/** Tables by their namespaces; `undefined`: the own one. */
export interface TablesOfNamespace {
  readonly place: { readonly netns?: string | undefined }
  readonly tables: ReadonlyMap<string, LiveTable<unknown>>
}

interface Published {
  readonly netns: string
  readonly name: string
  readonly table: LiveTable<unknown>
}

/** Milliseconds until the server is asked again that refused. */
const refusedPause = 5000

/** Publishes the tables of an agent in a fleet, as soon as a server takes them, and whenever it does again. */
export class FleetPublishing {
  readonly config: NatsConfig
  readonly #wanted: () => readonly TablesOfNamespace[]
  readonly #changed: () => void
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #published = new Map<string, Published>()
  #publisher: Publisher | undefined
  #problem: string | undefined
  #snapshotsBefore = 0
  #isClosed = false
  #turn: Promise<void> = Promise.resolve()

  /**
   * @param wanted the tables that are published
   * @param changed called when `status` may have changed
   */
  constructor(config: NatsConfig, wanted: () => readonly TablesOfNamespace[], changed: () => void) {
    this.config = config
    this.#wanted = wanted
    this.#changed = changed
    this.#problem = `waits for ${config.servers.join(', ')}`
    this.#running = this.#run()
  }

  /** How it goes now. */
  get status(): FleetStatus {
    const { fleet, node } = this.config
    const problem = this.#publisher === undefined ? this.#problem : this.#publisher.problem?.message
    return {
      fleet,
      node,
      state: this.#publisher === undefined ? 'waiting' : 'publishing',
      ...(problem === undefined ? {} : { problem }),
      tables: this.#published.size,
      snapshots: this.#snapshotsBefore + (this.#publisher?.snapshots ?? 0),
    }
  }

  /** Publishes the tables that are wanted now, and no others. */
  update(): void {
    this.#turn = this.#turn.then(() => this.#settle()).catch(() => {})
  }

  /** Idempotent. Says that the node has ended; what was published stays, as that of a node that is gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#publisher?.end()
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!this.#isClosed) {
      try {
        const { servers, fleet, node, stream, files } = this.config
        const nats = await secretsFrom(files)
        const about = aboutThisProcess()
        const isDead = (lease: { about: Readonly<Record<string, string>> }): boolean => hasEnded(lease.about)
        const waiting = ({ message }: Error): void => {
          this.#problem = `waits for ${servers.join(', ')}: ${message}`
          this.#changed()
        }
        const publisher = await Publisher.open({ servers, fleet, node, stream, nats, about, isDead, waiting, signal })
        this.#publisher = publisher
        this.update()
        this.#changed()
        const error = await publisher.closed
        this.#snapshotsBefore += publisher.snapshots
        this.#publisher = undefined
        this.#published.clear()
        if (error !== undefined) throw error
      } catch (error) {
        if (signal.aborted) return
        this.#problem = (error as Error).message
        this.#changed()
        await Promise.race([aborted(signal), new Promise((resolve) => setTimeout(resolve, refusedPause).unref())])
      }
    }
  }

  async #settle(): Promise<void> {
    const publisher = this.#publisher
    if (publisher === undefined || this.#isClosed) return
    const wanted = new Map<string, Published>(
      this.#wanted().flatMap(({ place: { netns = '' }, tables }) =>
        [...tables].map(([name, table]) => [`${netns}/${name}`, { netns, name, table }] as const),
      ),
    )
    for (const [key, { netns, name, table }] of this.#published) {
      if (wanted.get(key)?.table === table) continue
      await publisher.unpublish(netns, name)
      this.#published.delete(key)
    }
    for (const [key, place] of wanted) {
      if (this.#published.has(key)) continue
      publisher.publish(place.netns, place.table)
      this.#published.set(key, place)
    }
  }
}
