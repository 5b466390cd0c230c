/** Runs worker after worker and fails if one leaves something behind: `child-of-workers.ts END,... COUNT STATE...`. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { countResourcesUntil, type Resources } from './resources.ts'

const [ends = '', count, ...states] = process.argv.slice(2)

/** @returns what there is when the worker has ended */
async function runWorker(state: string | undefined, end: string, mostDescriptors: number): Promise<Resources> {
  const worker = new Worker(new URL('./child-worker-entry.mjs', import.meta.url), { workerData: { state, end } })
  const ended = once(worker, 'exit')
  await Promise.race([once(worker, 'message'), ended])
  if (end === 'terminate') await worker.terminate()
  await ended
  // Deno reports the end of a terminated worker before its environment is gone.
  const isGone = ({ sockets, namespaces, threads, descriptors }: Resources): boolean =>
    sockets === 0 && namespaces === 0 && threads === 0 && descriptors <= mostDescriptors
  const left = await countResourcesUntil(isGone)
  if (!isGone(left))
    throw new Error(`${state}, ${end}: ${JSON.stringify(left)} is left, of ${mostDescriptors} descriptors at most`)
  return left
}

// The first workers make the runtime open what it keeps.
const warmUp = async (): Promise<Resources> =>
  runWorker(states.at(-1), ends.split(',')[0] ?? '', Number.POSITIVE_INFINITY)
const first = [await warmUp(), await warmUp()]
const kept = Math.min(...first.map(({ descriptors }) => descriptors))
// Deno itself keeps an epoll and an event descriptor of many an ended worker.
const mostDescriptors = 'Deno' in globalThis ? Number.POSITIVE_INFINITY : kept
for (const end of ends.split(',')) {
  for (const state of states) {
    for (let round = 0; round < Number(count); round++) await runWorker(state, end, mostDescriptors)
  }
}
