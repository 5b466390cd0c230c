import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { node, type Runtime } from '../runtimes.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { ratiosToFirst } from './to-first.ts'

const fullCount = 100

/** Start: a whole process, from its start to its end, as one who types a command waits for it. */
export const start: Job = {
  name: 'start',
  title: 'imports the package, reads a small table and ends: the whole process',
  runs: 15,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    await namespace.write(['add'], { count })
    const words = [namespace.name, String(count)]
    const contestants: Contestant[] = [node, ...bench.runtimes].flatMap((runtime) => [
      { name: `${runtime.name} doing nothing`, routes: 0, measure: () => timeProcess(runtime, 'idle', []) },
      {
        name: `import and live table, ${runtime.name}`,
        routes: count,
        measure: () => timeProcess(runtime, 'start', words),
      },
    ])
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'ratio', title: 'to the empty process', unit: 'ratio' },
      ],
      // Each pair is of one runtime.
      rows: [0, ...bench.runtimes.map((_, index) => index + 1)].flatMap((pair) =>
        ratiosToFirst(contestants.slice(2 * pair, 2 * pair + 2), samples.slice(2 * pair, 2 * pair + 2)),
      ),
    }
  },
}

async function timeProcess({ name, command }: Runtime, file: string, words: readonly string[]): Promise<Sample> {
  const path = fileURLToPath(import.meta.resolve(`#entry/contestants/${file}`))
  const [program = '', ...options] = command
  const start = performance.now()
  const child = spawn(program, [...options, path, ...words], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  const seconds = (performance.now() - start) / 1000
  if (code !== 0) throw new Error(`"${file}" on ${name} ended with ${code}`)
  return { seconds }
}
