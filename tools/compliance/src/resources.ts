import { readdirSync } from 'node:fs'
import * as assert from 'uvu/assert'

/** Open descriptors and threads of this process. */
export function resources(): string {
  return `${readdirSync('/proc/self/fd').length} descriptors, ${readdirSync('/proc/self/task').length} threads`
}

/** Threads end a moment after they were told to. */
export async function assertNothingLeft(before: string): Promise<void> {
  const limit = performance.now() + 2000
  while (resources() !== before && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(resources(), before)
}
