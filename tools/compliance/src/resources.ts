import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { patience } from './patience.ts'

/** What this process has open that may be ours. */
export interface Resources {
  readonly descriptors: number
  readonly threads: number
}

/**
 * Descriptors and threads, less those that a runtime makes when it thinks fit: Deno starts a thread for signals with a pair of
 * sockets, sometimes only in the middle of a test.
 */
export function resources(): Resources {
  const [, ...lines] = readFileSync('/proc/self/net/unix', 'utf8').trim().split('\n')
  const unix = new Set(lines.map((line) => Number(line.split(/ +/)[6])))
  const descriptors = readdirSync('/proc/self/fd').filter((name) => !unix.has(socketOf(name)))
  const threads = readdirSync('/proc/self/task').filter((name) => read(`/proc/self/task/${name}/comm`) === 'rtnl-io')
  return { descriptors: descriptors.length, threads: threads.length }
}

/** The number of the socket that a descriptor is, or -1. */
function socketOf(descriptor: string): number {
  try {
    return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? -1)
  } catch {
    // That of the folder that was read.
    return -1
  }
}

/** What is in a file of a thread; nothing if it has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** No more than before. */
function noMore(before: Resources): boolean {
  const now = resources()
  return now.descriptors <= before.descriptors && now.threads <= before.threads
}

/** Threads end a moment after they were told to. */
export async function assertNothingLeft(before: Resources): Promise<void> {
  const limit = performance.now() + patience
  while (!noMore(before) && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(noMore(before), `${JSON.stringify(before)} before, ${JSON.stringify(resources())} after`)
}
