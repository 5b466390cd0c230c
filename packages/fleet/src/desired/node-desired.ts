import type { KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { checkName } from '../names.ts'
import { connectWhenThere, type ServerOptions } from '../nats/connect.ts'
import { BackOff, pauseUntil } from '../nats/waits.ts'
import { allSets, keysOf, openBucket, readSetKey, reportKey } from './bucket.ts'
import { decodeSet, encodeValue, type NodeSet, targetOf } from './fleet-set.ts'
import type { OwnReport } from './set-report.ts'

/** Which node of which fleet follows what is desired of it. */
export interface NodeDesiredOptions extends ServerOptions {
  /** 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly fleet: string
  /** The name of this node: as `fleet`. */
  readonly node: string
  /** Called when `sets` or `problem` may have changed. */
  readonly changed?: (() => void) | undefined
}

/** Milliseconds between two looks at what is to be reported: what changes quickly is one report. */
const reportInterval = 200

/**
 * What a fleet desires of one node, and the reports of the node. What was read stays as long as the server is away, and also if
 * it comes back with nothing: only a removal that it tells removes a set.
 */
export class NodeDesired implements AsyncDisposable, Disposable {
  readonly #options: NodeDesiredOptions
  readonly #sets = new Map<string, NodeSet>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #problem: string | undefined
  #reports = new Map<string, OwnReport>()

  /** Begins at once. @throws {TypeError} a name that does not fit */
  constructor(options: NodeDesiredOptions) {
    checkName('fleet', options.fleet)
    checkName('node', options.node)
    this.#options = options
    this.#problem = 'waits for the server'
    this.#running = this.#run()
  }

  /** What is desired of the node, as far as it is known; with sets of which nothing is desired any more. */
  get sets(): readonly NodeSet[] {
    return [...this.#sets.values()]
  }

  /** Why what is desired is not followed now; `undefined` if it is. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Says how far the node is, in place of what was said before. It is sent as soon as the server takes it. */
  report(reports: readonly OwnReport[]): void {
    this.#reports = new Map(reports.map((report) => [report.set, report]))
  }

  /** Idempotent. What was reported stays. */
  close(): void {
    this.#stop.abort()
  }

  /** Closes: `using desired = new NodeDesired(...)`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and resolves once the connection is closed too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const { fleet } = this.#options
    const backOff = new BackOff()
    while (!signal.aborted) {
      try {
        const connection = await connectWhenThere(this.#options, () => {}, signal)
        // Follows anew after each loss of the connection: the server may be another one then.
        const over = new AbortController()
        const end = (): void => over.abort()
        signal.addEventListener('abort', end)
        void (async () => {
          for await (const { type } of connection.status()) if (type === 'disconnect') end()
        })()
        try {
          await this.#follow(connection, await openBucket(connection, fleet, true), over.signal, () => backOff.reset())
          if (over.signal.aborted) this.#tell('the server is away')
        } finally {
          signal.removeEventListener('abort', end)
          await connection.close().catch(() => {})
        }
      } catch (error) {
        if (signal.aborted) return
        const { message } = error as Error
        // Without a bucket nothing is desired yet.
        this.#tell(/bucket not found|stream not found/.test(message) ? undefined : message)
      }
      await pauseUntil(backOff.next(), signal)
    }
  }

  async #follow(connection: NatsConnection, bucket: KV, over: AbortSignal, began: () => void): Promise<void> {
    const entries = await bucket.watch({ key: allSets })
    over.addEventListener('abort', () => entries.stop())
    if (over.aborted) entries.stop()
    this.#tell(undefined)
    const sending = this.#send(connection, bucket, over, began).catch((error: Error) => {
      if (!over.aborted) this.#tell(`reports do not get to the server: ${error.message}`)
      entries.stop()
    })
    for await (const { key, value, operation } of entries) {
      const name = readSetKey(key)
      if (name === undefined) continue
      this.#take(name, operation === 'PUT' ? value : undefined)
    }
    await sending
  }

  /** @param value `undefined`: the set is removed */
  #take(name: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#sets.set(name, { name, version: '', text: undefined, isHeldBack: false })
    else {
      try {
        this.#sets.set(name, targetOf(decodeSet(name, value), this.#options.node))
      } catch (error) {
        // It keeps what it knows.
        this.#tell(`${name}: ${(error as Error).message}`)
        return
      }
    }
    this.#options.changed?.()
  }

  async #send(connection: NatsConnection, bucket: KV, over: AbortSignal, began: () => void): Promise<void> {
    const { fleet, node } = this.#options
    const sent = new Map<string, string>()
    // That nothing of a set is here says only a node that has said before that something was, or may have been.
    const known = new Set<string>()
    for (const key of await keysOf(connection, fleet, reportKey(node, '*'))) {
      const report = await bucket.get(key)
      if (report?.operation === 'PUT') known.add(key)
    }
    began()
    while (!over.aborted) {
      for (const [set, report] of this.#reports) {
        const key = reportKey(node, set)
        const text = JSON.stringify(report)
        if (sent.get(set) === text || report.version === '') continue
        if (report.state === 'removed' && !known.has(key)) continue
        try {
          await bucket.put(key, encodeValue(report))
          sent.set(set, text)
          known.add(key)
        } catch (error) {
          if (!over.aborted) this.#tell(`the report of ${set} is not at the server: ${(error as Error).message}`)
          break
        }
      }
      await pauseUntil(reportInterval, over)
    }
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#options.changed?.()
  }
}
