import { type FSWatcher, watch } from 'node:fs'
import { hostname } from 'node:os'
import { sameValue } from '@rtnl/live-table'
import { health, Metrics } from '@rtnl/metrics'
import { WebView } from '@rtnl/web'
import type { AgentStatus } from './agent-status.ts'
import type { AgentConfig, ListenAddress } from './config/config.ts'
import { DesiredFiles, type FileError, nothingDesired } from './desired/desired-folder.ts'
import { FleetSets, isOfFleet } from './desired/fleet-sets.ts'
import { FleetPublishing } from './fleet/fleet-publishing.ts'
import { AgentServer } from './http/server.ts'
import type { FollowedNamespace } from './namespaces/followed-namespace.ts'
import { Namespaces } from './namespaces/namespaces.ts'

/** Milliseconds between two looks at the desired entries: what no event of the file system tells is seen by then. */
const interval = 5000
/** Milliseconds for which a folder has to be quiet before it is read: an editor writes a file in several steps. */
const quiet = 50

/** One process a node: follows tables, keeps desired entries, and says how both are. */
export class Agent implements Disposable, AsyncDisposable {
  /** What its tables and controllers count. */
  readonly metrics = new Metrics()
  /** What it follows, as a web page. The view counts changes once somebody has looked. */
  readonly view: WebView
  readonly #namespaces: Namespaces
  readonly #changed: (() => void) | undefined
  #config: AgentConfig
  #server: AgentServer | undefined
  #files: DesiredFiles | undefined
  #fleet: FleetPublishing | undefined
  #fleetSets: FleetSets | undefined
  #watcher: FSWatcher | undefined
  #errors: readonly FileError[] = []
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined
  #isClosed = false

  private constructor(config: AgentConfig, changed: (() => void) | undefined) {
    const namespaces = (): readonly FollowedNamespace[] => this.#namespaces.open
    this.view = new WebView({
      title: hostname(),
      get spaces() {
        return namespaces().map(({ space }) => space)
      },
    })
    this.#config = config
    this.#changed = changed
    this.#namespaces = new Namespaces(this.metrics, () => {
      this.#fleet?.update()
      this.#fleetSets?.report(this.#namespaces.status)
      this.#changed?.()
    })
  }

  /**
   * Starts an agent. Resolves once it follows what can be followed, and has begun to keep what is desired.
   * @param options `changed` is called when `status` may have changed
   * @throws {UnsupportedError} this process cannot follow anything: no addon, no permission to load it, not Linux
   * @throws {Error} it cannot listen where it shall
   */
  static async start(config: AgentConfig, options: { readonly changed?: () => void } = {}): Promise<Agent> {
    const agent = new Agent(config, options.changed)
    try {
      await agent.#apply(config)
      return agent
    } catch (error) {
      await agent.close()
      throw error
    }
  }

  /** Where it serves HTTP. */
  get address(): ListenAddress | undefined {
    return this.#server?.address
  }

  /**
   * Works by another configuration. What stays as it was goes on without interruption: no table is read again, no entry written.
   * @throws {Error} it cannot listen where it shall; it goes on as before
   */
  async reload(config: AgentConfig): Promise<void> {
    await this.#apply(config)
  }

  /** What the agent does now. */
  async status(): Promise<AgentStatus> {
    const { status, reasons } = await health(this.metrics)
    const sets = this.#namespaces.status
    const { problem } = this.#namespaces.kept
    const fleet = this.#fleet?.status
    // What keeps tables from the server keeps from it what is desired too.
    const desiredProblem = fleet?.problem === undefined ? this.#fleetSets?.problem : undefined
    const own = [
      ...(problem === undefined ? [] : [problem]),
      ...(desiredProblem === undefined ? [] : [`desired by the fleet: ${desiredProblem}`]),
      ...this.#errors.map(({ message }) => message),
      ...this.#namespaces.problems.map(({ netns, message }) => `${netns ?? 'own namespace'}: ${message}`),
      ...sets
        .filter(({ state }) => state === 'failing' || state === 'conflict')
        .map(({ name, netns, causes }) => `${name}${netns === undefined ? '' : ` in ${netns}`}: ${causes[0]?.cause}`),
      ...(fleet?.problem === undefined ? [] : [`fleet ${fleet.fleet}: ${fleet.problem}`]),
    ]
    return {
      status: status === 'ok' && own.length > 0 ? 'degraded' : status,
      reasons: [...reasons.map(({ text }) => text), ...own],
      namespaces: this.#namespaces.open.map(({ place: { netns }, tables }) => ({
        ...(netns === undefined ? {} : { netns }),
        tables: Object.fromEntries([...tables].map(([name, { size }]) => [name, size])),
      })),
      sets,
      ...(fleet === undefined ? {} : { fleet }),
    }
  }

  /** Idempotent. What was put in stays. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#watcher?.close()
    this.view.close()
    await this.#server?.close()
    await this.#reading
    // Tables that end before would be taken away from the fleet.
    await this.#fleet?.close()
    await this.#fleetSets?.close()
    await this.#namespaces.close()
    this.metrics.close()
  }

  /** Closes: `using agent = await Agent.start(...)`. `await using` also waits until all has ended. */
  [Symbol.dispose](): void {
    void this.close()
  }

  /** Closes: `await using agent = await Agent.start(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #apply(config: AgentConfig): Promise<void> {
    await this.#listen(config)
    if (this.#files === undefined || config.desired !== this.#config.desired) {
      this.#files = config.desired === undefined ? undefined : new DesiredFiles(config.desired)
      this.#watcher?.close()
      this.#watcher = undefined
    }
    this.#config = config
    const { state, desired, nats } = config
    await this.#namespaces.kept.use(state, desired ?? (nats === undefined ? 'none' : `${nats.fleet} ${nats.node}`))
    await this.#followFleet(nats)
    await this.#namespaces.configure(config.namespaces, config.tables)
    await this.#publish(config)
    await this.#read()
  }

  async #publish({ nats }: AgentConfig): Promise<void> {
    if (sameValue(nats, this.#fleet?.config)) return
    await this.#fleet?.close()
    this.#fleet =
      nats === undefined
        ? undefined
        : new FleetPublishing(
            nats,
            () => this.#namespaces.open,
            () => this.#changed?.(),
          )
  }

  /** The new place is taken before the old one is left. */
  async #listen({ listen }: AgentConfig): Promise<void> {
    const before = this.#server
    if (before !== undefined && listen?.host === before.wanted.host && listen.port === before.wanted.port) return
    this.#server = listen === undefined ? undefined : await AgentServer.listen(listen, this)
    await before?.close()
  }

  /** Reads what is desired, now and whenever it may have changed. */
  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#reading
    this.#reading = this.#readOnce()
    await this.#reading
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#read(), interval).unref()
  }

  async #readOnce(): Promise<void> {
    const { desired } = this.#config
    if (desired !== undefined) this.#watch(desired)
    const files = (await this.#files?.read()) ?? nothingDesired
    this.#errors = files.errors
    const fleet = this.#fleetSets
    // The first one counts of what excludes each other: that of the node's own files.
    await this.#namespaces.keep({
      sets: [...files.sets, ...(fleet?.sets ?? [])],
      isUnknown: (name) => (isOfFleet(name) ? (fleet?.isUnknown(name) ?? true) : files.isUnknown(name)),
    })
  }

  async #followFleet(nats: AgentConfig['nats']): Promise<void> {
    if (sameValue(nats, this.#fleetSets?.config)) return
    await this.#fleetSets?.close()
    this.#fleetSets = nats === undefined ? undefined : new FleetSets(nats, () => this.#readSoon())
  }

  #readSoon(): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#read(), quiet)
  }

  #watch(folder: string): void {
    if (this.#watcher !== undefined || this.#isClosed) return
    try {
      this.#watcher = watch(folder, () => this.#readSoon())
      this.#watcher.on('error', () => {
        this.#watcher?.close()
        this.#watcher = undefined
      })
    } catch {
      // There is no such folder yet: it is looked for by time.
    }
  }
}
