import type { KV, KvEntry } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { checkName } from '../names.ts'
import { connectTo, type ServerOptions } from '../nats/connect.ts'
import {
  allSets,
  type BucketOptions,
  keysOf,
  makeBucket,
  openBucket,
  readReportKey,
  readSetKey,
  reportKey,
  setKey,
} from './bucket.ts'
import { decodeSet, encodeValue, type FleetSet } from './fleet-set.ts'
import { decodeReport, type SetReport } from './set-report.ts'

/** Whose desired state is read and written. */
export interface DesiredStateOptions extends ServerOptions {
  /** 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly fleet: string
  /** How to make the bucket where the server has none. Default: it has to be there. */
  readonly bucket?: BucketOptions | undefined
}

/** Bytes of a message beside its payload, at most. */
const messageOverhead = 1024

/** Somebody else has changed a set meanwhile. */
export class ChangedMeanwhileError extends Error {
  /** Its kind, for texts. */
  override readonly name: string = 'ChangedMeanwhileError'
  /** Its kind, for programs. */
  readonly code = 'ERR_RTNL_CHANGED_MEANWHILE'

  constructor(set: string) {
    super(`${set}: somebody else changes it at the same time; look at its status, then try again`)
  }
}

/** What is desired of the nodes of a fleet, and what they report, at the server. */
export class DesiredState implements AsyncDisposable, Disposable {
  readonly #connection: NatsConnection
  readonly #fleet: string
  readonly #bucket: KV

  private constructor(connection: NatsConnection, fleet: string, bucket: KV) {
    this.#connection = connection
    this.#fleet = fleet
    this.#bucket = bucket
  }

  /**
   * Connects to the server.
   * @throws {TypeError} an option that does not fit
   * @throws {Error} no server answers, it refuses, or it has no such bucket
   */
  static async open({ fleet, bucket, ...options }: DesiredStateOptions): Promise<DesiredState> {
    checkName('fleet', fleet)
    const connection = await connectTo(options)
    try {
      return new DesiredState(
        connection,
        fleet,
        await (bucket === undefined ? openBucket(connection, fleet) : makeBucket(connection, fleet, bucket)),
      )
    } catch (error) {
      await connection.close()
      const isMissing = /bucket not found|stream not found/.test((error as Error).message)
      throw isMissing ? new Error(`fleet ${fleet}: nothing was ever desired of it`, { cause: error }) : error
    }
  }

  /** All sets, by their names. @throws {Error} no answer */
  async sets(): Promise<FleetSet[]> {
    const sets: FleetSet[] = []
    for (const { key, value } of await this.#read(allSets)) {
      const name = readSetKey(key)
      if (name !== undefined) sets.push(decodeSet(name, value))
    }
    return sets.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * What nodes have reported.
   * @param set `undefined`: of all sets
   * @throws {Error} no answer
   */
  async reports(set?: string): Promise<SetReport[]> {
    const reports: SetReport[] = []
    for (const { key, value } of await this.#read(reportKey('*', set ?? '*'))) {
      const place = readReportKey(key)
      if (place !== undefined) reports.push(decodeReport(place.node, place.set, value))
    }
    return reports.sort((a, b) => (`${a.set} ${a.node}` < `${b.set} ${b.node}` ? -1 : 1))
  }

  /**
   * Changes a set.
   * @param change makes the new one of what there is
   * @throws {ChangedMeanwhileError} somebody else changed it since it was read @throws {RangeError} it is too large for the server
   * @throws what `change` throws
   */
  async change(name: string, change: (before: FleetSet | undefined) => FleetSet): Promise<FleetSet> {
    checkName('set', name)
    const entry = await this.#bucket.get(setKey(name))
    const before = entry === null || entry.operation !== 'PUT' ? undefined : decodeSet(name, entry.value)
    const after = change(before)
    const value = encodeValue({ versions: after.versions })
    const limit = (this.#connection.info?.max_payload ?? 1024 * 1024) - messageOverhead
    if (value.length > limit)
      throw new RangeError(`${name}: has ${value.length} bytes when it is compressed, and the server takes ${limit}`)
    try {
      await this.#bucket.put(setKey(name), value, { previousSeq: entry?.revision ?? 0 })
    } catch (error) {
      throw /wrong last sequence/.test((error as Error).message) ? new ChangedMeanwhileError(name) : error
    }
    return after
  }

  /** Takes a set and all reports of it from the server. A node that has something of it removes that when it hears of it. */
  async forget(name: string): Promise<void> {
    await this.#bucket.purge(setKey(name))
    for (const { node } of await this.reports(name)) await this.#bucket.purge(reportKey(node, name))
  }

  /** Idempotent. */
  close(): void {
    void this.#connection.close().catch(() => {})
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and resolves once the connection is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close().catch(() => {})
  }

  async #read(filter: string): Promise<KvEntry[]> {
    const keys = await keysOf(this.#connection, this.#fleet, filter)
    const entries = await Promise.all(keys.map((key) => this.#bucket.get(key)))
    return entries.filter((entry): entry is KvEntry => entry !== null && entry.operation === 'PUT')
  }
}
