import type { Cause, IncompletePart, ResyncCause } from '@rtnl/live-table'
import { compress, decompress } from './compress.ts'
import { longestInterval, shortestInterval } from './lease-times.ts'
import { fromJson } from './values.ts'

/** The version of this protocol. A reader believes no other one. */
const version = '1'

/** Names of the headers of a message. */
const header = {
  version: 'Rtnl-Version',
  kind: 'Rtnl-Kind',
  epoch: 'Rtnl-Epoch',
  generation: 'Rtnl-Generation',
  index: 'Rtnl-Index',
  synced: 'Rtnl-Synced',
} as const

/** Where a message stands: a start of a publisher, a log that it began, and the place in the log. */
export interface Position {
  /** Unique for each start of a publisher. */
  readonly epoch: string
  /** Counts the logs of a table in an epoch, from 1. 0 for leases. */
  readonly generation: number
  /** Counts the messages of a log, from 0. */
  readonly index: number
}

/** What a table of a publisher holds where, as its lease says. */
export interface PublishedTable {
  readonly netns: string
  readonly table: string
  /** As of the publisher's table. */
  readonly state: string
  /** The last message that the server has acknowledged; none as long as there is none. */
  readonly generation?: number
  readonly index?: number
  /** Parts that the kernel's dumps do not show to the end. */
  readonly incomplete: readonly IncompletePart[]
}

/** What a node says of itself, again and again. */
export interface Lease {
  /** Milliseconds until the next one. */
  readonly interval: number
  /** The publisher ended in order. */
  readonly ended: boolean
  /** What the program that publishes says of itself: host, kernel, version. */
  readonly about: Readonly<Record<string, string>>
  readonly tables: readonly PublishedTable[]
}

export type Change =
  | { readonly kind: 'set'; readonly key: string; readonly entry: Readonly<Record<string, unknown>> }
  | { readonly kind: 'removed'; readonly key: string }

export type LogEvent =
  | { readonly event: 'change'; readonly cause: Cause; readonly changes: readonly Change[] }
  | { readonly event: 'synced' }
  | { readonly event: 'resync'; readonly cause: ResyncCause; readonly reason: string }

export type FleetMessage =
  | { readonly kind: 'lease'; readonly position: Position; readonly lease: Lease }
  | { readonly kind: 'log'; readonly position: Position; readonly event: LogEvent }
  /** Nothing in this log holds any more; `removed`: the node publishes the table no more. */
  | { readonly kind: 'end'; readonly position: Position; readonly removed: boolean }

/** Why a message is not believed. */
export type Refusal = 'subject' | 'version' | 'header' | 'payload'

export interface Packet {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Uint8Array
}

const causes: readonly unknown[] = ['dump', 'notification', 'inferred', 'resync'] satisfies Cause[]
const epochForm = /^[A-Za-z0-9-]{1,64}$/
const countForm = /^(0|[1-9][0-9]{0,14})$/

export function encodeLease(position: Position, lease: Lease): Packet {
  return { headers: headersOf('lease', position), payload: pack(JSON.stringify(lease)) }
}

/**
 * @param synced whether the log holds all of the table with this message
 * @param event as `eventText` makes it
 */
export function encodeLog(position: Position, synced: boolean, event: string): Packet {
  const headers = headersOf('log', position)
  return { headers: synced ? { ...headers, [header.synced]: '1' } : headers, payload: pack(event) }
}

export function encodeEnd(position: Position, removed: boolean): Packet {
  return { headers: headersOf('end', position), payload: pack(JSON.stringify({ removed })) }
}

function headersOf(kind: FleetMessage['kind'], { epoch, generation, index }: Position): Record<string, string> {
  return {
    [header.version]: version,
    [header.kind]: kind,
    [header.epoch]: epoch,
    [header.generation]: String(generation),
    [header.index]: String(index),
  }
}

function pack(text: string): Uint8Array {
  return compress(new TextEncoder().encode(text))
}

/** What the headers of a message say, without a look at its payload. */
export interface MessageHead {
  readonly kind: FleetMessage['kind']
  readonly position: Position
  readonly synced: boolean
}

/** @param get a header by its name; empty if there is none */
export function readHead(get: (name: string) => string): MessageHead | 'version' | 'header' {
  if (get(header.version) !== version) return 'version'
  const kind = get(header.kind)
  const [epoch, generation, index] = [get(header.epoch), get(header.generation), get(header.index)]
  if (!epochForm.test(epoch)) return 'header'
  if (kind !== 'lease' && kind !== 'log' && kind !== 'end') return 'header'
  if (!countForm.test(generation) || !countForm.test(index)) return 'header'
  const position = { epoch, generation: Number(generation), index: Number(index) }
  return { kind, position, synced: get(header.synced) === '1' }
}

/**
 * Reads a message. What is not as `encode*` make it is refused, with the reason; nothing is thrown.
 * @param get a header by its name; empty if there is none
 */
export function decodeMessage(get: (name: string) => string, payload: Uint8Array): FleetMessage | Refusal {
  const head = readHead(get)
  if (typeof head === 'string') return head
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decompress(payload)))
    const { kind, position } = head
    if (kind === 'lease') return { kind, position, lease: readLease(value) }
    if (kind === 'end') return { kind, position, removed: flag(fields(value), 'removed') }
    return { kind, position, event: readEvent(fields(value)) }
  } catch {
    return 'payload'
  }
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object')
  return value as Fields
}

function text(from: Fields, name: string): string {
  const value = from[name]
  if (typeof value !== 'string') throw new Error(`${name}: no text`)
  return value
}

function flag(from: Fields, name: string): boolean {
  const value = from[name]
  if (typeof value !== 'boolean') throw new Error(`${name}: neither true nor false`)
  return value
}

function count(from: Fields, name: string): number {
  const value = from[name]
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error(`${name}: no count`)
  return value as number
}

function list(from: Fields, name: string): readonly unknown[] {
  const value = from[name]
  if (!Array.isArray(value)) throw new Error(`${name}: no list`)
  return value
}

function readLease(value: unknown): Lease {
  const from = fields(value)
  const about = fields(from.about)
  const interval = count(from, 'interval')
  if (interval < shortestInterval || interval > longestInterval) throw new Error('interval: out of range')
  return {
    interval,
    ended: flag(from, 'ended'),
    about: Object.fromEntries(Object.keys(about).map((name) => [name, text(about, name)])),
    tables: list(from, 'tables').map(readTable),
  }
}

function readTable(value: unknown): PublishedTable {
  const from = fields(value)
  return {
    netns: text(from, 'netns'),
    table: text(from, 'table'),
    state: text(from, 'state'),
    ...(from.generation === undefined ? {} : { generation: count(from, 'generation'), index: count(from, 'index') }),
    incomplete: list(from, 'incomplete').map(readPart),
  }
}

function readPart(value: unknown): IncompletePart {
  const from = fields(value)
  return {
    part: text(from, 'part'),
    behind: from.behind === undefined ? undefined : text(from, 'behind'),
    tooLarge: list(from, 'tooLarge').map(String),
  }
}

function readEvent(from: Fields): LogEvent {
  switch (from.event) {
    case 'synced':
      return { event: 'synced' }
    case 'resync': {
      const cause = readCause(from)
      if (cause !== 'inferred' && cause !== 'resync') throw new Error('cause: of no resync')
      return { event: 'resync', cause, reason: text(from, 'reason') }
    }
    case 'change':
      return { event: 'change', cause: readCause(from), changes: list(from, 'changes').map(readChange) }
    default:
      throw new Error('event: unknown')
  }
}

function readCause(from: Fields): Cause {
  if (!causes.includes(from.cause)) throw new Error('cause: unknown')
  return from.cause as Cause
}

function readChange(value: unknown): Change {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2 || typeof value[0] !== 'string')
    throw new Error('no change')
  const key = value[0]
  return value.length === 1 ? { kind: 'removed', key } : { kind: 'set', key, entry: fields(fromJson(fields(value[1]))) }
}
