// timeout: 600
// runtimes: node deno bun
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keptInputs, mostBytes } from '../src/corpus.ts'
import { inputs } from '../src/generate.ts'
import type { Target } from '../src/target.ts'
import { targets } from '../src/targets/index.ts'

const hostile = suite('hostile bytes')

/** Inputs that are made beside those that are kept. On one runtime: the code is the same on all. */
const isMaking = !('Deno' in globalThis || 'Bun' in globalThis)
const made = { sync: 1000, async: 50 } as const

async function tried(target: Target, input: Uint8Array, seed: number): Promise<void> {
  try {
    await target.run(input)
  } catch (error) {
    const text = Buffer.from(input).toString('base64')
    throw new Error(`${target.name} (seed ${seed}): ${String(error)}\ninput: ${text}`, { cause: error })
  }
}

for (const target of targets) {
  hostile(`${target.name}: ${target.promise}`, async () => {
    const kept = keptInputs(target)
    assert.ok(kept.length > 0)
    const seed = Number(process.env.RTNL_FUZZ_SEED ?? Math.floor(Math.random() * 0x7fffffff))
    for (const input of kept) await tried(target, input, seed)
    if (!isMaking) return
    let left: number = made[target.isAsync ? 'async' : 'sync']
    for (const input of inputs([...kept, ...target.seeds()], seed)) {
      await tried(target, input, seed)
      if (--left === 0) break
    }
  })
}

hostile('the inputs that are kept are small', () => {
  const folder = fileURLToPath(new URL('../corpus/', import.meta.url))
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(`${folder}${name}`).size, 0)
  assert.ok(bytes > 0 && bytes < mostBytes, `${bytes} bytes`)
})

hostile.run()
