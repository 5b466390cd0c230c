import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Only Node.js tells what runs, and opens no sockets of its own. */
const isNode = !('Deno' in globalThis || 'Bun' in globalThis)
/** Which call something belongs to: a test may run an agent in the same process, which has timers too. */
const calls = new AsyncLocalStorage<object>()
/** The timers of calls that have not ended, by the number that Node.js gives them. */
const timers = new Map<number, { readonly call: object; readonly timer: NodeJS.Timeout }>()

if (isNode)
  createHook({
    init(id, type, _, resource) {
      const call = type === 'Timeout' ? calls.getStore() : undefined
      if (call !== undefined) timers.set(id, { call, timer: resource as NodeJS.Timeout })
    },
    destroy: (id) => void timers.delete(id),
  }).enable()

/**
 * Calls something that is to leave nothing open that would keep a process of its own alive.
 * @param name of what is called
 * @throws {Error} it leaves sockets, or timers that it set
 */
export async function closing<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const [call, before] = [{}, sockets()]
  const result = await calls.run(call, run)
  const left = (): readonly [number, number] => {
    const own = [...timers.values()].filter(({ call: of, timer }) => of === call && timer.hasRef())
    return [Math.max(0, sockets() - before), own.length]
  }
  // The runtime closes some things a moment later.
  for (let tries = 0; left().some((count) => count > 0); tries++) {
    if (tries === 500) throw new Error(`${name} leaves ${left()[0]} sockets and ${left()[1]} timers open`)
    await delay(10)
  }
  return result
}

/** How many sockets this process has open. */
function sockets(): number {
  return isNode ? readdirSync('/proc/self/fd').filter(isSocket).length : 0
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
  } catch {
    // The one by which the folder was read.
    return false
  }
}
