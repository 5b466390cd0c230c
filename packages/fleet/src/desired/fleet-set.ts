import picomatch from 'picomatch'
import { compress, decompress } from '../protocol/compress.ts'

/** One version of what a set desires. */
export interface SetVersion {
  /** A number that counts, and something random: no two are the same, also of two servers. */
  readonly version: string
  /** Patterns of names of nodes: `*`, `?`, `[a-z]`, `{a,b}`, `!(...)`. */
  readonly nodes: readonly string[]
  /** A file of desired entries, as agents read it; `undefined`: nothing is desired. */
  readonly text: string | undefined
  /** The nodes that take this version; `*`: all. The others stay with the newest one that they may take. */
  readonly allowed: '*' | readonly string[]
  /** Why the rollout stopped. */
  readonly stopped?: string | undefined
}

/** Desired entries of nodes of a fleet. */
export interface FleetSet {
  /** 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly name: string
  /** The newest first. Older ones are those that some nodes stay with. */
  readonly versions: readonly [SetVersion, ...SetVersion[]]
}

/** What a set wants of one node. */
export interface NodeSet {
  /** The name of the set. */
  readonly name: string
  /** The newest version. */
  readonly version: string
  /** Whether this node stays with an older version, or with nothing, until the rollout comes to it. */
  readonly isHeldBack: boolean
  /** A file of desired entries; `undefined`: nothing is desired of this node. */
  readonly text: string | undefined
}

/** Whether the name of a node fits one of some patterns. */
export function fits(nodes: readonly string[], node: string): boolean {
  return nodes.length > 0 && picomatch([...nodes], { dot: true })(node)
}

/** What a set wants of a node now. */
export function targetOf({ name, versions }: FleetSet, node: string): NodeSet {
  const [newest] = versions
  const taken = versions.find(({ allowed }) => allowed === '*' || allowed.includes(node))
  return {
    name,
    version: newest.version,
    isHeldBack: taken !== newest,
    text: taken !== undefined && fits(taken.nodes, node) ? taken.text : undefined,
  }
}

/** The version of the form of values. */
const format = 1

export function encodeValue(value: object): Uint8Array {
  return compress(new TextEncoder().encode(JSON.stringify({ format, ...value })))
}

/** @throws {Error} it is nothing that this version writes */
export function decodeValue(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decompress(bytes)))
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== format)
    throw new Error('the value is of another version of this protocol')
  return value as Readonly<Record<string, unknown>>
}

/** @throws {Error} it is nothing that `encodeValue` makes of a set */
export function decodeSet(name: string, bytes: Uint8Array): FleetSet {
  const { versions } = decodeValue(bytes)
  if (!Array.isArray(versions) || versions.length === 0 || !versions.every(isVersion))
    throw new Error('the value is no set of desired entries')
  return { name, versions: versions as [SetVersion, ...SetVersion[]] }
}

function isVersion(value: Readonly<Record<string, unknown>>): boolean {
  const { version, nodes, text, allowed } = value
  return (
    typeof version === 'string' &&
    isTexts(nodes) &&
    (text === undefined || typeof text === 'string') &&
    (allowed === '*' || isTexts(allowed))
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
