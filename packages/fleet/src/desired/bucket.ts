import { jetstreamManager } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { fromToken, toToken } from '../names.ts'

/** How the bucket is made where the server has none. */
export interface BucketOptions {
  /** The most bytes that it takes on the disk. Default: no limit but the server's. */
  readonly maxBytes?: number | undefined
  /** Servers of a cluster that have a copy each, 1 to 5. Default: 1. */
  readonly replicas?: number | undefined
}

/** The bucket that holds what is desired of a fleet. The name of a bucket has no dots: `-d` is one, and `--` is `-`. */
function bucketName(fleet: string): string {
  return `RTNL_${fleet.replaceAll('-', '--').replaceAll('.', '-d')}_desired`
}

/**
 * @param isDirect a value is asked for by a subject of its own, so that a user may have the right to some keys alone; it may be a moment
 * old where the bucket has copies
 * @throws {Error} the server refuses
 */
export async function openBucket(connection: NatsConnection, fleet: string, isDirect = false): Promise<KV> {
  return await new Kvm(connection).open(bucketName(fleet), { allow_direct: isDirect })
}

/** Opens the bucket, and makes it where there is none. @throws {Error} the server refuses */
export async function makeBucket(connection: NatsConnection, fleet: string, options: BucketOptions): Promise<KV> {
  const { maxBytes, replicas = 1 } = options
  return await new Kvm(connection).create(bucketName(fleet), {
    history: 1,
    replicas,
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
  })
}

/**
 * The keys of a bucket, also of what was removed. The server is asked for the subjects of the bucket's stream: an iterator of keys
 * reads messages, of which servers of version 2.9 leave some out that others change meanwhile, and then waits for half a minute.
 * @throws {Error} no answer
 */
export async function keysOf(connection: NatsConnection, fleet: string, filter: string): Promise<string[]> {
  const bucket = bucketName(fleet)
  const prefix = `$KV.${bucket}.`
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const { state } = await streams.info(`KV_${bucket}`, { subjects_filter: prefix + filter })
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length))
}

/** All sets. */
export const allSets = 'set.*'

export function setKey(name: string): string {
  return `set.${toToken(name)}`
}

/** @param node `*`: all @param set `*`: all */
export function reportKey(node: string, set: string): string {
  return `status.${node === '*' ? '*' : toToken(node)}.${set === '*' ? '*' : toToken(set)}`
}

/** @returns the name of the set, or `undefined` if it is no key of one */
export function readSetKey(key: string): string | undefined {
  const [kind, name = '', ...rest] = key.split('.')
  return kind === 'set' && rest.length === 0 ? fromToken(name) : undefined
}

/** @returns node and set, or `undefined` if it is no key of a report */
export function readReportKey(key: string): { readonly node: string; readonly set: string } | undefined {
  const [kind, nodeToken = '', setToken = '', ...rest] = key.split('.')
  const [node, set] = [fromToken(nodeToken), fromToken(setToken)]
  return kind === 'status' && rest.length === 0 && node !== undefined && set !== undefined ? { node, set } : undefined
}
