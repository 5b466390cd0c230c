import { readFileSync } from 'node:fs'
import { isGranted } from '@rtnl/netlink-core'

/** What a file has; `undefined` where there is none, or it may not be read. */
export function readText(path: string): string | undefined {
  // Deno would ask the user in the middle of it.
  if (!isGranted({ name: 'read', path })) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
