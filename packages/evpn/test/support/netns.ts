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

/** Runs lines of `ip` and `bridge` in a namespace, in their order. */
export function play(netns: string, ...lines: readonly string[]): void {
  for (const line of lines) {
    const [tool = '', ...words] = line.split(' ')
    run(tool, ['-n', netns, ...words])
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

/** Whether bridges of this kernel can have VLANs. */
export function hasVlanFiltering(): boolean {
  run('ip', ['link', 'add', 'probe', 'type', 'bridge'])
  const { status } = spawnSync('ip', ['link', 'set', 'probe', 'type', 'bridge', 'vlan_filtering', '1'])
  run('ip', ['link', 'del', 'probe'])
  return status === 0
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
  for (const started = Date.now(); !condition(); await delay(20)) {
    assert.ok(Date.now() - started < patience, `waited for ${what}`)
  }
}
