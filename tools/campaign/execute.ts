import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Drawn } from './operations/index.ts'
import { type WriterKind, writerKinds } from './operations/writer.ts'
import { write } from './write.ts'

/** Operations that one process of a tool does. */
interface Run {
  readonly command: readonly string[]
  readonly operations: readonly Drawn[]
  /** What the process reads. Without lines it is a command that is run alone. */
  readonly lines: readonly string[]
}

/** How operations ended. */
export interface Taken {
  accepted: number
  refused: number
}

/** Lines that one process is given at most. */
const longestRun = 64

/** A process of `ip` remembers the indexes of interfaces, so that one begins anew after links came or went. */
const changesLinks = /^ip (link (add|del)|link set \S+ (netns|name))|^root /

/**
 * Does operations in a namespace, in their order. Refusals stop nothing.
 * @param counts by the name of what drew an operation
 */
export async function execute(netns: string, drawn: readonly Drawn[], counts: Map<string, Taken>): Promise<void> {
  const takenOf = ({ domain }: Drawn): Taken => {
    const taken = counts.get(domain) ?? { accepted: 0, refused: 0 }
    counts.set(domain, taken)
    return taken
  }
  for (const run of runsOf(netns, drawn)) {
    if (run.command[0] === 'write') {
      await writeAll(netns, run.command, takenOf(run.operations[0]!))
      continue
    }
    const refused = await refusedLines(run)
    for (const [index, operation] of run.operations.entries()) {
      if (refused.has(index + 1)) takenOf(operation).refused++
      else takenOf(operation).accepted++
    }
  }
}

/** Each request of the writer counts as an operation. */
async function writeAll(netns: string, [, kind, ...numbers]: readonly string[], taken: Taken): Promise<void> {
  const [count = 0, seed = 0] = numbers.map(Number)
  if (!isWriterKind(kind)) throw new Error(`no operation: write ${kind}`)
  const refused = await write(netns, kind, count, seed)
  taken.refused += refused
  taken.accepted += count - refused
}

function isWriterKind(kind: string | undefined): kind is WriterKind {
  return writerKinds.some((known) => known === kind)
}

function* runsOf(netns: string, drawn: readonly Drawn[]): Generator<Run, void, undefined> {
  let operations: Drawn[] = []
  let lines: string[] = []
  let tool = ''
  for (const operation of drawn) {
    const line = operation.line.replaceAll('@', netns)
    const [, next = '', rest = ''] = /^(ip -6|ip|bridge|root ip|sysctl|write) (.*)$/.exec(line) ?? []
    if (next === '') throw new Error(`no operation: ${line}`)
    if (lines.length > 0 && (next !== tool || lines.length >= longestRun)) {
      yield { command: commandOf(tool, netns), operations, lines }
      operations = []
      lines = []
    }
    tool = next
    if (tool === 'sysctl' || tool === 'write') {
      const command = tool === 'sysctl' ? sysctlCommand(netns, rest) : line.split(' ')
      yield { command, operations: [operation], lines: [] }
      continue
    }
    operations.push(operation)
    lines.push(rest)
    if (changesLinks.test(line)) {
      yield { command: commandOf(tool, netns), operations, lines }
      operations = []
      lines = []
    }
  }
  if (lines.length > 0) yield { command: commandOf(tool, netns), operations, lines }
}

function commandOf(tool: string, netns: string): string[] {
  const [name = '', family] = tool === 'root ip' ? ['ip'] : tool.split(' ')
  const place = tool === 'root ip' ? [] : ['-n', netns]
  return [name, ...(family === undefined ? [] : [family]), ...place, '-force', '-batch', '-']
}

function sysctlCommand(netns: string, rest: string): string[] {
  const [name = '', value = ''] = rest.split(' ')
  const write = `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`
  return ['ip', 'netns', 'exec', netns, 'sh', '-c', write]
}

/** The numbers of the lines that failed, from 1. */
async function refusedLines({ command: [tool = '', ...args], lines }: Run): Promise<Set<number>> {
  const child = spawn(tool, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  // A process that ends early is not asked what it read.
  child.stdin.on('error', () => {})
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const [status] = await once(child, 'close')
  if (lines.length === 0) return new Set(status === 0 ? [] : [1])
  return new Set([...errors.matchAll(/^Command failed -:(\d+)/gm)].map(([, line]) => Number(line)))
}
