import { type Connection, isGranted } from '@rtnl/netlink-core'

/** What is all right; what is worth knowing, or could not be found out; with what rtnl does not work. */
export type Level = 'green' | 'yellow' | 'red'

export const levels: readonly Level[] = ['green', 'yellow', 'red']

/** What the doctor says of one thing. */
export interface Check {
  /** It stays the same from version to version: scripts look for it. */
  readonly id: string
  readonly level: Level
  /** What was found, in a sentence without its full stop. */
  readonly text: string
  /** What to do, in words that begin a sentence; `undefined` if there is nothing to do. */
  readonly todo?: string | undefined
  /** The figures of the text, for programs. */
  readonly value?: unknown
}

/** What is examined. */
export interface Patient {
  /**
   * A connection to the kernel in the network namespace of the process. It only reads.
   * @throws {Error} why there is none
   */
  connection(): Connection
  /** The protocol (`RTPROT_*`) whose entries a program is to own; `undefined`: not said. */
  readonly protocol: number | undefined
}

/** Some checks that are made together. */
export interface CheckGroup {
  /** The ids of all checks that `examine` returns, in their order. If it fails, none of them is known. */
  readonly ids: readonly string[]
  /** @throws {Error} why nothing could be found out */
  examine(patient: Patient): readonly Check[] | Promise<readonly Check[]>
}

/** What could not be found out. */
export function notKnown(id: string, why: string): Check {
  return { id, level: 'yellow', text: `not known: ${why}` }
}

/** @throws {Error} the file may not be read, or is not there */
export function required(text: string | undefined, path: string): string {
  if (text === undefined) throw new Error(`${path} is not there or may not be read`)
  return text
}

/**
 * Without a permission of Deno a file looks as if it were not there.
 * @throws {Error} the permission is missing
 */
export function requireReadable(path: string): void {
  if (!isGranted({ name: 'read', path })) throw new Error(`Deno needs --allow-read for ${path}`)
}

/** The highest of some levels. */
export function worst(checks: readonly Check[]): Level {
  return levels[Math.max(0, ...checks.map(({ level }) => levels.indexOf(level)))] ?? 'green'
}
