import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { patience } from '@rtnl/compliance'
import * as assert from 'uvu/assert'

/** Runs `ip` or `bridge`; throws with what it says if it fails. */
function run(tool: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')} ${input}: ${error?.message ?? stderr}`)
  return stdout
}

/** Runs lines of `ip` and `bridge` in a namespace, in their order; what is for one tool in a row by one process. */
export function play(netns: string, ...lines: readonly string[]): void {
  const toolOf = (line: string | undefined): string => line?.split(' ')[0] ?? ''
  for (let from = 0, to = 0; from < lines.length; from = to) {
    const tool = toolOf(lines[from])
    while (to < lines.length && toolOf(lines[to]) === tool) to++
    const rest = lines.slice(from, to).map((line) => line.slice(tool.length + 1))
    run(tool, ['-n', netns, '-batch', '-'], `${rest.join('\n')}\n`)
  }
}

/** Runs many lines of one tool in one process. Where the kernel may refuse some, it goes on. */
export function batch(tool: 'ip' | 'bridge', netns: string, lines: readonly string[], mayRefuse = false): void {
  const input = `${lines.join('\n')}\n`
  if (mayRefuse) spawnSync(tool, ['-n', netns, '-force', '-batch', '-'], { input })
  else run(tool, ['-n', netns, '-batch', '-'], input)
}

/** Names of interfaces by their indexes. */
export function interfaceNames(netns: string): Map<number, string> {
  const links = JSON.parse(run('ip', ['-n', netns, '-j', 'link'])) as { ifname: string; ifindex: number }[]
  return new Map(links.map(({ ifname, ifindex }) => [ifindex, ifname]))
}

export function ifindex(netns: string, name: string): number {
  const found = [...interfaceNames(netns)].find(([, ifname]) => ifname === name)
  if (found === undefined) throw new Error(`${netns} has no interface ${name}`)
  return found[0]
}

/** Runs a test in a namespace that it plays some lines in first. */
export async function inNetns(setup: readonly string[], test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `evpn${process.pid}`
  run('ip', ['netns', 'add', netns])
  try {
    play(netns, ...setup)
    await test(netns)
  } finally {
    run('ip', ['netns', 'del', netns])
  }
}

/** Waits for something that the kernel does by itself. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const started = Date.now(); !condition(); await delay(50)) {
    assert.ok(Date.now() - started < patience, `waited for ${what}`)
  }
}
