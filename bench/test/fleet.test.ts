// timeout: 120
// runtimes: node
// wants: nats-server
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const path = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))
const program =
  process.env.RTNL_TEST_BUILT === '1' ? [path('dist/fleet.js')] : [...process.execArgv, path('src/fleet.ts')]

function bench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...program, ...words], { encoding: 'utf8' })
}

const size = { agents: 3, routes: 20, rate: 40, seconds: 1, processes: 2 }
const words = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)])

const command = suite('bench:fleet')

command('a small fleet: all changes arrive, readers hold what the agents hold, and each figure is one', () => {
  const { status, stdout, stderr } = bench(...words, '--json')
  assert.is(status, 0, stderr)
  const result: { size: object; figures: Record<string, number> } = JSON.parse(stdout)
  assert.equal(result.size, size)
  const { figures } = result
  for (const [name, figure] of Object.entries(figures)) assert.ok(figure >= 0 && figure < 1e10, `${name}: ${figure}`)
  assert.is(figures.changes, 3 * 40)
  assert.ok(figures['change to reader, p50']! > 0)
  assert.ok(figures['change to reader, p50']! <= figures['change to reader, p99']!)
  assert.ok(figures['bytes of the stream']! > 3 * 20)
  assert.match(stderr, /^fleet: 3 agents begin, with 60 routes\n/)
})

command('a wrong number is named, and nothing runs', () => {
  const { status, stdout, stderr } = bench('--agents', '0')
  assert.is(status, 2)
  assert.is(stdout, '')
  assert.match(stderr, /'--agents <count>' argument '0' is invalid\. It is no whole number/)
})

command.run()
