/**
 * Names of fleets, nodes, namespaces and tables as tokens of subjects. A byte that may not stand in a token is written `=XX`,
 * in hexadecimal, and the empty name `=`.
 */

const plainName = /^[A-Za-z0-9_.-]{1,64}$/
const plainByte = /[A-Za-z0-9_-]/
const longestName = 255

/**
 * Refuses what is no name of a fleet or a node: 1 to 64 letters, digits, `_`, `-` and `.`.
 * @param what the field, for the message
 * @throws {TypeError}
 */
export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !plainName.test(name))
    throw new TypeError(`${what}: ${JSON.stringify(name)} is not 1 to 64 letters, digits, "_", "-" and "."`)
}

/**
 * Refuses what is no name of a namespace or a table: at most 255 bytes. The empty one is the publisher's own namespace.
 * @param what the field, for the message
 * @throws {TypeError}
 */
export function checkToken(what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || new TextEncoder().encode(name).length > longestName)
    throw new TypeError(`${what}: ${JSON.stringify(name)} is not a text of at most ${longestName} bytes`)
}

export function toToken(name: string): string {
  if (name === '') return '='
  return Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte)
    return plainByte.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

/** The name that a token stands for; `undefined` if no name is written like that. */
export function fromToken(token: string): string | undefined {
  if (token === '=') return ''
  const bytes: number[] = []
  for (let at = 0; at < token.length; at++) {
    const character = token[at] ?? ''
    if (character !== '=') bytes.push(character.charCodeAt(0))
    else {
      bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16))
      at += 2
    }
  }
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
    return name !== '' && toToken(name) === token ? name : undefined
  } catch {
    return undefined
  }
}

/** The stream that holds all of a fleet. */
export function streamName(fleet: string): string {
  return `RTNL_${toToken(fleet)}`
}

/** All subjects of a fleet. */
export function fleetSubjects(fleet: string): string {
  return `rtnl.${toToken(fleet)}.>`
}

/** All subjects of a node: what its credentials have to allow it to publish. */
export function nodeSubjects(fleet: string, node: string): string {
  return `rtnl.${toToken(fleet)}.${toToken(node)}.>`
}

/** What the server's answers to a node come under: its rights need not be those to hear answers to others. */
export function inbox(node: string): string {
  return `_INBOX.${toToken(node)}`
}

export function leaseSubject(fleet: string, node: string): string {
  return `rtnl.${toToken(fleet)}.${toToken(node)}.lease`
}

/** A table of a node. */
export interface TablePlaceInFleet {
  readonly node: string
  readonly netns: string
  readonly table: string
}

/** The two logs of a table: a new snapshot is written to one while the other one still holds. */
export type Slot = 0 | 1

export function logSubject(fleet: string, { node, netns, table }: TablePlaceInFleet, slot: Slot): string {
  return `rtnl.${toToken(fleet)}.${toToken(node)}.table.${toToken(netns)}.${toToken(table)}.${slot}`
}

/** What a subject of a fleet stands for. */
export type Subject =
  | { readonly kind: 'lease'; readonly node: string }
  | ({ readonly kind: 'log'; readonly slot: Slot } & TablePlaceInFleet)

/** @returns `undefined` for a subject that is none of this protocol */
export function readSubject(fleet: string, subject: string): Subject | undefined {
  const [root, fleetToken, nodeToken = '', kind, netnsToken = '', tableToken = '', slot, ...rest] = subject.split('.')
  const node = fromToken(nodeToken)
  if (root !== 'rtnl' || fleetToken !== toToken(fleet) || node === undefined || !plainName.test(node)) return undefined
  if (kind === 'lease') return netnsToken === '' ? { kind, node } : undefined
  if (kind !== 'table' || (slot !== '0' && slot !== '1') || rest.length > 0) return undefined
  const [netns, table] = [fromToken(netnsToken), fromToken(tableToken)]
  if (netns === undefined || table === undefined) return undefined
  return { kind: 'log', node, netns, table, slot: slot === '0' ? 0 : 1 }
}
