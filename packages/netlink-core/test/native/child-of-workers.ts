/** Runs worker after worker and looks for what they leave behind: `child-of-workers.ts STATE END COUNT`. */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { countResources, type Resources } from './resources.ts'

const [state, end, count] = process.argv.slice(2)

async function runWorker(): Promise<Resources> {
  const worker = new Worker(new URL('./child-worker-entry.mjs', import.meta.url), { workerData: { state, end } })
  const ended = once(worker, 'exit')
  await Promise.race([once(worker, 'message'), ended])
  if (end === 'terminate') await worker.terminate()
  await ended
  // Deno reports the end of a terminated worker before its environment is gone.
  const deadline = performance.now() + 5000
  let left = countResources()
  while ((left.sockets > 0 || left.threads > 0) && performance.now() < deadline) {
    await delay(5)
    left = countResources()
  }
  return left
}

// The first worker makes the runtime open what it keeps.
const before = await runWorker()
let after = before
for (let round = 0; round < Number(count); round++) after = await runWorker()
console.log(JSON.stringify({ before, after }))
