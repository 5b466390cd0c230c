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

export function ip(command: string): string {
  return run('ip', command.split(' '))
}

/** Runs many commands of one tool in one process. */
export function batch(tool: 'ip' | 'bridge', netns: string, commands: readonly string[]): void {
  run(tool, ['-n', netns, '-batch', '-'], `${commands.join('\n')}\n`)
}

/** Runs a command of which it does not matter whether the kernel refuses it. */
export function tryCommand(tool: 'ip' | 'bridge', netns: string, command: string): void {
  spawnSync(tool, ['-n', netns, '-force', '-batch', '-'], { input: `${command}\n` })
}

/** What a tool says as JSON of a namespace. */
export function show<Shown>(tool: 'ip' | 'bridge', netns: string, command: string): Shown[] {
  return JSON.parse(run(tool, ['-n', netns, '-j', ...command.split(' ')]).trim() || '[]') as Shown[]
}

/** Runs a shell command in a namespace. */
export function within(netns: string, command: string): void {
  run('ip', ['netns', 'exec', netns, 'sh', '-c', command])
}

/** Sends a datagram, so that the kernel looks for the neighbour. */
export function send(netns: string, address: string): void {
  run('ip', ['netns', 'exec', netns, 'bash', '-c', `echo > /dev/udp/${address}/9`])
}

/** A command of `ip`, or of `bridge` where it begins with `fdb` or `vlan`; one that is refused, `no ...`; or something to wait for. */
export type Step = string | ((netns: string) => void | Promise<void>)

export async function play(netns: string, steps: readonly Step[]): Promise<void> {
  let waiting: string[] = []
  const flush = (): void => {
    if (waiting.length > 0) batch(toolOf(waiting[0]!), netns, waiting)
    waiting = []
  }
  for (const step of steps) {
    const isPlain = typeof step === 'string' && !step.startsWith('no ')
    if (!isPlain || (waiting.length > 0 && toolOf(step) !== toolOf(waiting[0]!))) flush()
    if (isPlain) waiting.push(step)
    else if (typeof step !== 'string') await step(netns)
    else assert.throws(() => batch(toolOf(step.slice(3)), netns, [step.slice(3)]), step)
  }
  flush()
}

function toolOf(command: string): 'ip' | 'bridge' {
  return /^(fdb|vlan) /.test(command) ? 'bridge' : 'ip'
}

/** Whether bridges of this kernel can have VLANs. */
export function hasVlanFiltering(): boolean {
  ip('link add probe type bridge')
  const { status } = spawnSync('ip', ['link', 'set', 'probe', 'type', 'bridge', 'vlan_filtering', '1'])
  ip('link del probe')
  return status === 0
}

/** Waits for something that the kernel does by itself. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const started = Date.now(); !condition(); await delay(50)) {
    assert.ok(Date.now() - started < patience, `waited for ${what}`)
  }
}

/** Waits until a link has the operational state. The carrier is told to the rest of the kernel up to a second later. */
export function state(name: string, wanted: 'UP' | 'DOWN' | 'LOWERLAYERDOWN'): Step {
  return (netns) =>
    until(`${name} to be ${wanted}`, () => {
      const [link] = show<{ operstate: string }>('ip', netns, `link show ${name}`)
      return link?.operstate === wanted
    })
}

export function ifindexes(netns: string): Map<string, number> {
  return new Map(
    show<{ ifname: string; ifindex: number }>('ip', netns, 'link').map((link) => [link.ifname, link.ifindex]),
  )
}

export function ifindex(netns: string, name: string): number {
  const index = ifindexes(netns).get(name)
  if (index === undefined) throw new Error(`${netns} has no interface ${name}`)
  return index
}

const pairs = [0, 1, 2]

/** A namespace with three pairs of links, v0-p0 to v2-p2, that have addresses, a bridge br0 and a vxlan vx0; all up. */
async function makeNetns(netns: string): Promise<void> {
  ip(`netns add ${netns}`)
  const names = pairs.map((pair) => [
    `v${pair} address 02:00:00:00:0${pair}:01`,
    `p${pair} address 02:00:00:00:0${pair}:02`,
  ])
  batch('ip', netns, ['link set lo up', ...names.map(([name, peer]) => `link add ${name} type veth peer name ${peer}`)])
  // A bridge would learn from what the peers send by themselves.
  within(netns, pairs.map((pair) => `echo 1 > /proc/sys/net/ipv6/conf/p${pair}/disable_ipv6`).join(' && '))
  batch('ip', netns, [
    ...pairs.flatMap((pair) => [
      `link set v${pair} up`,
      `link set p${pair} up`,
      `addr add 10.0.${pair}.1/24 dev v${pair}`,
      `addr add fd00:${pair}::1/64 dev v${pair} nodad`,
    ]),
    'link add br0 address 02:00:00:00:b0:01 type bridge',
    'link set br0 up',
    'link add vx0 address 02:00:00:00:c0:01 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning',
    'link set vx0 up',
  ])
  await until('all links to be up', () =>
    show<{ ifname: string; operstate: string }>('ip', netns, 'link show').every(
      ({ ifname, operstate }) => !ifname.startsWith('v') || ifname.startsWith('vx') || operstate === 'UP',
    ),
  )
}

let number = 0

/** Runs a test in such a namespace of its own. */
export async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `neighbor${number++}`
  await makeNetns(netns)
  try {
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}
