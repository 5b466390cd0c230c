import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Report, Total } from './report.ts'

const binaries = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.bin')

export type Runtime = 'node' | 'deno' | 'bun'

const commands: Readonly<Record<Runtime, readonly [string, ...string[]]>> = {
  node: [process.execPath],
  deno: [join(binaries, 'deno'), 'run', '-A'],
  bun: [join(binaries, 'bun')],
}

/** A part of the schedules: `count` of them, from the seed `first` on. */
export interface Range {
  readonly first: number
  readonly count: number
}

/**
 * Runs schedules in a process of their own.
 * @param module what `bundle` wrote
 * @param untilProblem ends with the first schedule that fails
 * @param report called with what the process says before the end
 * @throws {Error} the process ended before all schedules were run
 */
export async function runSchedules(
  module: string,
  { first, count }: Range,
  report: (report: Exclude<Report, Total>) => void,
  { runtime = 'node', untilProblem = false }: { readonly runtime?: Runtime; readonly untilProblem?: boolean } = {},
): Promise<Total> {
  const [program, ...words] = commands[runtime]
  const mode = untilProblem ? ['first-problem'] : []
  const child = spawn(program, [...words, module, String(first), String(count), ...mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(String(code ?? signal)))
  })
  let total: Total | undefined
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as Report
    if (said.kind === 'total') total = said
    else report(said)
  }
  const end = await ended
  if (total === undefined) throw new Error(`the schedules from ${first} on ended on ${runtime} with ${end}:\n${errors}`)
  return total
}

/** Splits schedules among processes. */
export function split({ first, count }: Range, parts: number): Range[] {
  const ranges: Range[] = []
  for (let part = 0, begin = 0; part < parts; part++) {
    const end = Math.round((count * (part + 1)) / parts)
    if (end > begin) ranges.push({ first: first + begin, count: end - begin })
    begin = end
  }
  return ranges
}

export function sum(totals: readonly Total[]): Total {
  const injected: Record<string, number> = {}
  let [schedules, steps, operations, differences, traces] = [0, 0, 0, 0, 0]
  for (const total of totals) {
    schedules += total.schedules
    steps += total.steps
    operations += total.operations
    differences += total.differences
    traces = (Math.imul(traces, 31) + total.traces) >>> 0
    for (const [kind, count] of Object.entries(total.injected)) injected[kind] = (injected[kind] ?? 0) + count
  }
  return { kind: 'total', schedules, steps, operations, differences, traces, injected }
}
