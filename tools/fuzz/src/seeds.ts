import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { littleEndian, messageHeaderLength } from '@rtnl/netlink-core'

/** A message that a kernel sent. */
export interface Seed {
  /** `nlmsg_type` */
  readonly type: number
  /** What stands behind `struct nlmsghdr`. */
  readonly body: Uint8Array
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** The messages that tests of the tables have, and `seeds.hex` for what they do not have. */
const folders = ['nexthop', 'route', 'neighbor'].map((name) => join(root, 'packages', name, 'test/vectors'))

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function seedsIn(file: string): Seed[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const hex = line.startsWith('#') ? undefined : /[0-9a-f]{32,}$/.exec(line)?.[0]
    if (hex === undefined) return []
    const bytes = bytesOf(hex)
    return [{ type: new DataView(bytes.buffer).getUint16(4, littleEndian), body: bytes.subarray(messageHeaderLength) }]
  })
}

let all: readonly Seed[] | undefined

/** Messages of real kernels; the files name the commands that caused them. */
export function seeds(): readonly Seed[] {
  all ??= [
    ...folders.flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .flatMap((name) => seedsIn(join(folder, name))),
    ),
    ...seedsIn(join(root, 'tools/fuzz/seeds.hex')),
  ]
  return all
}
