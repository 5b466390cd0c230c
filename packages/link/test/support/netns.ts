import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { patience } from '@rtnl/compliance'
import * as assert from 'uvu/assert'

/** Runs `ip`; throws with what it says if it fails. */
export function ip(...args: string[]): string {
  return run('ip', args)
}

function run(tool: 'ip' | 'bridge', args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Runs commands of `ip` in a namespace, or of `bridge` where they begin with that word. */
export function play(netns: string, commands: readonly string[]): void {
  for (const command of commands) {
    const words = command.split(' ')
    const tool = words[0] === 'bridge' ? 'bridge' : 'ip'
    run(tool, ['-n', netns, ...(tool === 'bridge' ? words.slice(1) : words)])
  }
}

/** Waits for something that the kernel does by itself. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const started = Date.now(); !condition(); await delay(50)) {
    assert.ok(Date.now() - started < patience, `waited for ${what}`)
  }
}

/** Runs a test with two namespaces: `here` to look at, `there` to move links to. */
export async function inNetns(test: () => Promise<void>): Promise<void> {
  const names = ['here', 'there']
  for (const name of names) ip('netns', 'add', name)
  try {
    await test()
  } finally {
    for (const name of names) ip('netns', 'del', name)
  }
}

/** What a link of a kind is made with. */
const makings: Readonly<Record<string, string>> = {
  bond: 'name probe type bond',
  vlan: 'link below name probe type vlan id 5',
  ipvlan: 'link below name probe type ipvlan',
  hsr: 'name probe type hsr slave1 below slave2 above',
}

/** Whether the kernel has links of a kind. */
export function hasKind(kind: string): boolean {
  const making = makings[kind]
  if (making === undefined) throw new Error(`no way to make a link of kind ${kind}`)
  ip('link', 'add', 'below', 'type', 'veth', 'peer', 'name', 'above')
  const { status } = spawnSync('ip', ['link', 'add', ...making.split(' ')])
  if (status === 0) ip('link', 'del', 'probe')
  ip('link', 'del', 'below')
  return status === 0
}
