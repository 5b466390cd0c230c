// `rtnl sync` in many namespaces at once, a process for each.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bundlePrograms } from '../kernels/bundle.mjs'
import { inMebibytes, type Outcome } from './outcome.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = 'packages/cli/src/main.ts'
const preload = fileURLToPath(new URL('own-figures.mjs', import.meta.url))

const routesEach = 300
const place = ['--table', '100', '--protocol', '84']
/** Problems that are listed. */
const mostProblems = 20

interface Route {
  readonly dst: string
  readonly gateway: string
}

/** What one process took, in seconds and bytes. */
interface Taken {
  readonly cpu: number
  readonly resident: number
  readonly threads: number
}

interface Run extends Taken {
  /** What it has added, replaced and removed. */
  readonly changes: number
  readonly errors: string
}

const desired = (host: number): Route[] =>
  Array.from({ length: routesEach }, (_, index) => ({
    dst: `20.${index >> 8}.${index & 255}.0/24`,
    gateway: `10.0.0.${host}`,
  }))

/** @param tell called with a line for people after each round */
export async function syncNamespaces(count: number, tell: (line: string) => void): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-soak-'))
  const names = Array.from({ length: count }, (_, index) => `soak${process.pid}n${index}`)
  const problems: string[] = []
  const figures: Record<string, number | string> = { namespaces: count, 'routes in each': routesEach }
  try {
    const pathOf = await bundlePrograms(root, [program], join(folder, 'programs'))
    for (const name of names) makeNamespace(name)
    for (const [round, host, expected] of [
      ['adding', 2, routesEach],
      ['adding, again', 2, 0],
      ['replacing', 3, routesEach],
      ['replacing, again', 3, 0],
    ] as const) {
      const routes = desired(host)
      const file = join(folder, 'routes.json')
      writeFileSync(file, JSON.stringify(routes))
      const begun = performance.now()
      const runs = await Promise.all(names.map((name) => sync(pathOf(program), name, file)))
      const seconds = (performance.now() - begun) / 1000
      for (const [index, { changes, errors }] of runs.entries()) {
        if (errors !== '') problems.push(`${round}: ${errors}`)
        if (changes !== expected) problems.push(`${round}: ${names[index]}: ${changes} changes, and not ${expected}`)
      }
      for (const name of names) problems.push(...differences(name, routes).map((problem) => `${round}: ${problem}`))
      Object.assign(figures, figuresOf(round, seconds, runs))
      tell(`${round}: ${count} processes in ${seconds.toFixed(1)} s`)
    }
    return { figures, problems: problems.slice(0, mostProblems) }
  } finally {
    for (const name of names) execFileSync('ip', ['netns', 'del', name])
    rmSync(folder, { recursive: true })
  }
}

function makeNamespace(name: string): void {
  execFileSync('ip', ['netns', 'add', name])
  const lines = [
    'link add v0 type veth peer name v1',
    'link set v0 up',
    'link set v1 up',
    'addr add 10.0.0.1/24 dev v0',
  ]
  execFileSync('ip', ['-n', name, '-batch', '-'], { input: lines.join('\n') })
}

async function sync(path: string, netns: string, file: string): Promise<Run> {
  const words = ['sync', 'route', '--netns', netns, ...place, '--file', file, '--json']
  const child = spawn(process.execPath, ['--import', preload, path, ...words], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const told = [child.stdout, child.stderr, child.stdio[3]].map((stream) => text(stream as Readable))
  const [[code, signal], output = '', errors = '', taken = ''] = await Promise.all([once(child, 'close'), ...told])
  if (code !== 0 || errors !== '') {
    return { cpu: 0, resident: 0, threads: 0, changes: 0, errors: `${netns}: ended with ${signal ?? code}: ${errors}` }
  }
  const { added, replaced, removed } = JSON.parse(output).done
  return { ...(JSON.parse(taken) as Taken), changes: added + replaced + removed, errors }
}

/** What `ip` shows that is not desired, and the reverse. */
function differences(netns: string, routes: readonly Route[]): string[] {
  const output = execFileSync('ip', ['-n', netns, '-j', 'route', 'show', 'table', '100'], { encoding: 'utf8' })
  const textOf = ({ dst, gateway }: Route): string => `${dst} via ${gateway}`
  const shown = new Set((JSON.parse(output) as Route[]).map(textOf))
  const wanted = new Set(routes.map(textOf))
  return [
    ...[...wanted].filter((route) => !shown.has(route)).map((route) => `${netns}: ${route} is missing`),
    ...[...shown].filter((route) => !wanted.has(route)).map((route) => `${netns}: ${route} is left`),
  ]
}

function figuresOf(round: string, seconds: number, runs: readonly Run[]): Record<string, number | string> {
  const cpu = runs.map((run) => run.cpu)
  return {
    [`${round} [s]`]: seconds.toFixed(1),
    [`${round}, CPU of a process [s]`]: (cpu.reduce((sum, one) => sum + one, 0) / runs.length).toFixed(2),
    [`${round}, most CPU of one [s]`]: Math.max(...cpu).toFixed(2),
    [`${round}, most memory of one`]: inMebibytes(Math.max(...runs.map(({ resident }) => resident))),
    [`${round}, most threads of one`]: Math.max(...runs.map(({ threads }) => threads)),
  }
}
