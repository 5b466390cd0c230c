import { ClosedError } from '@rtnl/netlink-core'
import { checkName, checkToken, type TablePlaceInFleet } from '../names.ts'
import { connectWhenThere, type ServerOptions } from '../nats/connect.ts'
import { Server } from '../nats/server.ts'
import { checkStream, type StreamOptions } from '../nats/stream.ts'
import { longestInterval, shortestInterval } from '../protocol/lease-times.ts'
import { HeldLease, type OtherLease } from './held-lease.ts'
import { type PublishableTable, TableLog } from './table-log.ts'

/** What is published where, under which name. */
export interface PublisherOptions extends ServerOptions {
  /** 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly fleet: string
  /** The name of this node: as `fleet`. Only one publisher at a time can hold it. */
  readonly node: string
  /** What readers are told of the node: host, kernel, version. */
  readonly about?: Readonly<Record<string, string>> | undefined
  /** How to make the fleet's stream where the server has none. Default: somebody else makes it. */
  readonly stream?: StreamOptions | undefined
  /** Milliseconds between two leases, 100 to 3,600,000. A node that misses three is `stale`. Default: 5000. */
  readonly interval?: number | undefined
  /** Whether the publisher of a lease is known to be dead, so that its name can be taken at once. Default: none is. */
  readonly isDead?: ((lease: OtherLease) => boolean) | undefined
  /** Is told, while `open` waits, what keeps the server from taking anything, each time that it was tried. */
  readonly waiting?: ((problem: Error) => void) | undefined
  /** Gives up waiting for the server or the name, and closes the publisher later. */
  readonly signal?: AbortSignal | undefined
}

const usualInterval = 5000
/** Milliseconds that an end in order waits for the server. */
const endPatience = 2000

/** Publishes tables of a node to a NATS server, for readers of the fleet. */
export class Publisher implements AsyncDisposable, Disposable {
  /** The fleet in which the node is. */
  readonly fleet: string
  /** The name of the node. */
  readonly node: string
  /** Unique for each start. */
  readonly epoch: string
  /** Resolves when the publisher is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  readonly #server: Server
  readonly #interval: number
  readonly #logs = new Map<string, TableLog>()
  readonly #end = new AbortController()
  #settle!: (error: Error | undefined) => void
  #lease: HeldLease | undefined
  #problem: Error | undefined
  /** Ends the pause before the next lease. */
  #wake = (): void => {}
  #isRenewDue = false
  #isVerifyDue = false

  private constructor(server: Server, options: PublisherOptions, epoch: string, interval: number) {
    this.fleet = options.fleet
    this.node = options.node
    this.epoch = epoch
    this.#server = server
    this.#interval = interval
    this.closed = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /**
   * Connects to the server, and takes the name of the node. Resolves once it is held. Waits as long as the server is away.
   * @throws {TypeError | RangeError} an option that does not fit @throws {NodeNameTakenError} another publisher holds the name
   * @throws the reason of the signal
   */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const {
      fleet,
      node,
      about = {},
      stream,
      interval = usualInterval,
      isDead = () => false,
      waiting = () => {},
      signal,
    } = options
    checkName('fleet', fleet)
    checkName('node', node)
    if (stream !== undefined) checkStream(stream)
    if (!Number.isInteger(interval) || interval < shortestInterval || interval > longestInterval)
      throw new RangeError(
        `interval: ${String(interval)} is not ${shortestInterval} to ${longestInterval} milliseconds`,
      )
    signal?.throwIfAborted()
    const connection = await connectWhenThere(options, waiting, signal ?? new AbortController().signal)
    const server = await Server.on(connection, fleet, stream)
    const epoch = crypto.randomUUID()
    const publisher = new Publisher(server, options, epoch, interval)
    const abort = (): void => publisher.#close(signal?.reason)
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    const problem = (error: Error | undefined): void => {
      publisher.#problem = error
      if (error !== undefined && publisher.#lease === undefined) waiting(error)
    }
    server.refused.add(problem)
    try {
      const lease = { node, epoch, interval, about, isDead, problem }
      publisher.#lease = await HeldLease.take(server, lease, publisher.#end.signal)
    } catch (error) {
      publisher.#close(error as Error)
      throw signal?.aborted === true ? signal.reason : error
    }
    server.reconnected.add(() => publisher.#renewNow(true))
    void publisher.#renew(publisher.#lease)
    return publisher
  }

  /** Why what the tables hold does not get to the server now; `undefined` if it does. */
  get problem(): Error | undefined {
    return this.#server.isUp ? this.#problem : (this.#problem ?? new Error('the server is away'))
  }

  /** Snapshots begun so far, of all tables: one each, and one more whenever the server had lost something or changes were many. */
  get snapshots(): number {
    let sum = 0
    for (const log of this.#logs.values()) sum += log.generations
    return sum
  }

  /**
   * Publishes a table, until it is closed. Then it is taken away from the server.
   * @param netns the namespace that it is of; empty for the publisher's own
   * @param table any live table; its name is the name of the table in the fleet. It is not closed here
   * @throws {TypeError} a name that does not fit, or is published already @throws {ClosedError} the publisher is closed
   */
  publish(netns: string, table: PublishableTable): void {
    const { name } = table.definition
    checkToken('netns', netns)
    checkToken('table', name)
    if (this.#end.signal.aborted) throw new ClosedError('publisher')
    const place = { node: this.node, netns, table: name }
    const key = keyOf(place)
    if (this.#logs.has(key))
      throw new TypeError(`table: ${name} of the namespace ${JSON.stringify(netns)} is published already`)
    const log = new TableLog(this.#server, place, table, this.epoch, {
      problem: (error) => {
        this.#problem = error
      },
      lost: () => this.#renewNow(true),
      changed: () => this.#renewNow(false),
    })
    this.#logs.set(key, log)
    log.done.then(
      () => {
        if (this.#logs.get(key) === log && !this.#end.signal.aborted) this.#logs.delete(key)
      },
      (error: Error) => this.#close(error),
    )
  }

  /**
   * Takes a table away from the fleet. Does nothing if it is not published.
   * @throws {ClosedError} the publisher is closed before the server has it
   */
  async unpublish(netns: string, table: string): Promise<void> {
    const key = keyOf({ node: this.node, netns, table })
    const log = this.#logs.get(key)
    if (log === undefined) return
    await log.remove(this.#end.signal)
    if (this.#logs.get(key) === log) this.#logs.delete(key)
  }

  /**
   * Ends in order: says that the node has ended, if the server takes it within two seconds, and closes. What was published
   * stays at the server, as that of a node that is gone.
   */
  async end(): Promise<void> {
    if (this.#end.signal.aborted) return
    const tables = this.#tables
    for (const log of this.#logs.values()) log.close()
    await Promise.all([...this.#logs.values()].map(({ done }) => done.catch(() => {})))
    const patience = AbortSignal.any([this.#end.signal, AbortSignal.timeout(endPatience)])
    await this.#lease?.renew(tables, true, patience).catch(() => {})
    this.#close(undefined)
  }

  /** Idempotent. Closes at once, without a word to the server. */
  close(): void {
    this.#close(undefined)
  }

  /** Closes at once: `using publisher = await Publisher.open(...)`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Ends in order: `await using publisher = await Publisher.open(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  get #tables() {
    return [...this.#logs.values()].map(({ published }) => published)
  }

  #close(error: Error | undefined): void {
    if (this.#end.signal.aborted) return
    this.#end.abort(error ?? new ClosedError('publisher'))
    for (const log of this.#logs.values()) log.close()
    this.#wake()
    this.#server.close()
    this.#settle(error)
  }

  /** @param verify whether the server may have lost something */
  #renewNow(verify: boolean): void {
    this.#isRenewDue = true
    this.#isVerifyDue ||= verify
    this.#wake()
  }

  async #renew(lease: HeldLease): Promise<void> {
    const { signal } = this.#end
    try {
      while (!signal.aborted) {
        if (!this.#isRenewDue) await this.#pause()
        signal.throwIfAborted()
        const isVerifyDue = this.#isVerifyDue
        this.#isRenewDue = false
        this.#isVerifyDue = false
        const isWhole = await lease.renew(this.#tables, false, signal)
        if (!isWhole || isVerifyDue) await Promise.all([...this.#logs.values()].map((log) => log.verify()))
      }
    } catch (error) {
      this.#close(error as Error)
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#interval)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => {}
  }
}

function keyOf({ netns, table }: TablePlaceInFleet): string {
  return `${table} ${netns}`
}
