import { readdirSync, readFileSync } from 'node:fs'
import { readMessages } from '@rtnl/netlink-core'

/** One file of `vectors/`: what the kernel sent after a command, and what `ip -j -d -N` said of it. See capture.ts. */
export interface Vector {
  readonly name: string
  /** The routes to the prefix in their order. */
  readonly shown: readonly Readonly<Record<string, unknown>>[]
  readonly notifications: readonly Uint8Array[]
  /** Of the routes to the prefix, in their order. */
  readonly dumped: readonly Uint8Array[]
}

const folder = new URL('../vectors/', import.meta.url)

function load(file: string): Vector {
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n')
  const of = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const bytes = (digits: string): Uint8Array =>
    Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return {
    name: file.replace('.hex', ''),
    shown: of('# json:').map((json) => JSON.parse(json)),
    notifications: of('notification').map(bytes),
    dumped: of('dump').map(bytes),
  }
}

export const vectors: readonly Vector[] = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .sort()
  .map(load)

/** The bytes of one message behind `struct nlmsghdr`, and its type. */
export function bodyOf(bytes: Uint8Array): { readonly type: number; readonly view: DataView } {
  let found: { type: number; view: DataView } | undefined
  readMessages(bytes, ({ view, type, body, end }) => {
    found = { type, view: new DataView(view.buffer, view.byteOffset + body, end - body) }
  })
  return found!
}
