import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const life = suite('life of the process')

interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** Runs a program of `child-life.ts` in this runtime; one that does not end is killed after two minutes. */
function run(program: string): Promise<Outcome> {
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

for (const program of ['idle-listener', 'idle-retrying', 'idle-table', 'idle-shared-table']) {
  life(`a program that does not wait ends: ${program}`, async () => {
    const { code, output } = await run(program)
    assert.equal([code, output], [0, 'end\n'])
  })
}

for (const program of [
  'waiting-polled',
  'waiting-streamed',
  'waiting-retrying',
  'waiting-table',
  'waiting-shared-table',
]) {
  life(`a program that waits lives until it has heard, and ends then: ${program}`, async () => {
    const { code, output } = await run(program)
    assert.equal([code, output], [0, 'heard\nend\n'])
  })
}

life('a program that leaves the block of a table ends, whoever waits for the table', async () => {
  const { code, output } = await run('left-block')
  assert.equal([code, output.split('\n').sort()], [0, ['', 'closed', 'end', 'synced']])
})

life.run()
