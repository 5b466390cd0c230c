import { readdirSync } from 'node:fs'
import * as assert from 'uvu/assert'

/** Open descriptors and threads of this process. */
export interface Resources {
  readonly descriptors: number
  readonly threads: number
}

export function resources(): Resources {
  return { descriptors: readdirSync('/proc/self/fd').length, threads: readdirSync('/proc/self/task').length }
}

/** No more than before. The runtime has threads of its own, which it ends when they have nothing to do. */
function noMore(before: Resources): boolean {
  const now = resources()
  return now.descriptors <= before.descriptors && now.threads <= before.threads
}

/** Threads end a moment after they were told to. */
export async function assertNothingLeft(before: Resources): Promise<void> {
  const limit = performance.now() + 2000
  while (!noMore(before) && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(noMore(before), `${JSON.stringify(before)} before, ${JSON.stringify(resources())} after`)
}
