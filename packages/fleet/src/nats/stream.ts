import { DiscardPolicy, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { checkName, fleetSubjects, streamName } from '../names.ts'

/** How the stream of a fleet is made. */
export interface StreamOptions {
  /** The most bytes that the stream takes on the disk. When it is full the server refuses what comes, and publishers wait. */
  readonly maxBytes: number
  /** Servers of a cluster that have a copy each, 1 to 5. Default: 1. */
  readonly replicas?: number | undefined
}

/** Nanoseconds in which the server looks for messages with the same id. Nothing here has one; this is the shortest. */
const duplicateWindow = 100_000_000

/**
 * Makes the stream of a fleet, if the server has none.
 * @throws {TypeError | RangeError} an option that does not fit @throws {Error} the server refuses
 */
export async function setUpStream(connection: NatsConnection, fleet: string, options: StreamOptions): Promise<void> {
  checkName('fleet', fleet)
  checkStream(options)
  const manager = await jetstreamManager(connection, { checkAPI: false })
  if (await streamState(connection, fleet)) return
  await manager.streams.add({
    name: streamName(fleet),
    subjects: [fleetSubjects(fleet)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: options.maxBytes,
    num_replicas: options.replicas ?? 1,
    allow_rollup_hdrs: true,
    allow_direct: true,
    duplicate_window: duplicateWindow,
  })
}

export function checkStream({ maxBytes, replicas = 1 }: StreamOptions): void {
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0)
    throw new RangeError(`stream.maxBytes: ${String(maxBytes)} is no number of bytes above 0`)
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 5)
    throw new RangeError(`stream.replicas: ${String(replicas)} is not 1 to 5`)
}

/** Which stream it is, and how far it goes. */
export interface StreamState {
  readonly created: string
  readonly lastSequence: number
}

/** @returns `undefined` if the server has no such stream */
export async function streamState(connection: NatsConnection, fleet: string): Promise<StreamState | undefined> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  try {
    const { created, state } = await manager.streams.info(streamName(fleet))
    return { created: String(created), lastSequence: state.last_seq }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined
    throw error
  }
}

const streamNotFound = 10_059
