import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const life = suite('life of the process')

/** Runs a program of `child-life.ts` in this runtime; one that does not end is killed after 20 seconds. */
function run(program: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const file = fileURLToPath(new URL('./child-life.ts', import.meta.url))
  const before = 'Deno' in globalThis ? ['run', '-A'] : 'Bun' in globalThis ? [] : process.execArgv
  const child = spawn(process.execPath, [...before, file, program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}

for (const [program, output] of [
  ['reconciled', 'end\n'],
  ['closed', 'failed 1\nend\n'],
  ['left-block', 'closed\nend\n'],
  ['removed', 'end\n'],
] as const) {
  life(`a program that keeps nothing any more ends: ${program}`, async () => {
    assert.equal(await run(program), { code: 0, output })
  })
}

for (const [program, output] of [
  ['kept', 'still here\nend\n'],
  ['healing', 'end\nhealed\n'],
] as const) {
  life(`a program that keeps something lives until that is closed: ${program}`, async () => {
    assert.equal(await run(program), { code: 0, output })
  })
}

life.run()
