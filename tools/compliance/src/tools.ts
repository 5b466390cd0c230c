import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs lines of `ip` and `bridge` in a namespace, in their order. */
export function run(netns: string, lines: readonly string[]): void {
  for (const line of lines) {
    const [tool = '', ...words] = line.split(' ')
    execFileSync(tool, ['-n', netns, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

/** Runs many lines of one tool by one process of it; resolves when it has ended. Refusals do not stop it. */
export async function runBatch(netns: string, lines: readonly string[]): Promise<void> {
  const [tool = ''] = lines[0]?.split(' ') ?? []
  const child = spawn(tool, ['-n', netns, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const closed = once(child, 'close')
  child.stdin.end(lines.map((line) => `${line.slice(tool.length + 1)}\n`).join(''))
  await closed
}

/** What a tool says in JSON. */
export function json<T>(netns: string, line: string): T[] {
  const [tool = '', ...words] = line.split(' ')
  const text = execFileSync(tool, ['-n', netns, '-json', ...words], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return text.trim() === '' ? [] : JSON.parse(text)
}

/** The index of an interface. */
export function ifindex(netns: string, name: string): number {
  return json<{ ifindex: number }>(netns, `ip link show ${name}`)[0]?.ifindex ?? 0
}
