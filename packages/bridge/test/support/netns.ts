import { spawnSync } from 'node:child_process'

/** Runs `ip` or `bridge`; throws with what it says if it fails. */
function run(tool: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')} ${input}: ${error?.message ?? stderr}`)
  return stdout
}

export function ip(command: string): string {
  return run('ip', command.split(' '))
}

/** Runs lines of `ip` and `bridge` in a namespace, in their order. */
export function play(netns: string, lines: readonly string[]): void {
  for (const line of lines) {
    const [tool = '', ...words] = line.split(' ')
    run(tool, ['-n', netns, ...words])
  }
}

/**
 * The same of lines of which it does not matter whether the kernel refuses them. One that begins with `from NAMESPACE` is a
 * line of `ip` in that namespace.
 */
export function tryLines(netns: string, lines: readonly string[]): void {
  for (let first = 0, end = 0; first < lines.length; first = end) {
    const [tool = ''] = lines[first]!.split(' ', 1)
    if (tool === 'from') {
      spawnSync('ip', ['-n', ...lines[first]!.split(' ').slice(1)])
      end = first + 1
      continue
    }
    while (end < lines.length && lines[end]!.startsWith(`${tool} `)) end++
    const input = lines.slice(first, end).map((line) => `${line.slice(tool.length + 1)}\n`)
    spawnSync(tool, ['-n', netns, '-force', '-batch', '-'], { input: input.join('') })
  }
}

/** What a tool says as JSON of a namespace. */
export function show<Shown>(netns: string, line: string): Shown[] {
  const [tool = '', ...words] = line.split(' ')
  return JSON.parse(run(tool, ['-n', netns, '-j', ...words]).trim() || '[]') as Shown[]
}

/** Whether bridges of this kernel can have VLANs. */
export function hasVlanFiltering(): boolean {
  ip('link add probe type bridge')
  const { status } = spawnSync('ip', ['link', 'set', 'probe', 'type', 'bridge', 'vlan_filtering', '1'])
  ip('link del probe')
  return status === 0
}

export function ifindexes(netns: string): Map<string, number> {
  return new Map(show<{ ifname: string; ifindex: number }>(netns, 'ip link').map((link) => [link.ifname, link.ifindex]))
}

export function ifindex(netns: string, name: string): number {
  const index = ifindexes(netns).get(name)
  if (index === undefined) throw new Error(`${netns} has no interface ${name}`)
  return index
}

/** Spares the interfaces of a namespace that are made from now on the groups that IPv6 joins by itself, at any time. */
export function withoutIpv6(netns: string): void {
  ip(`netns exec ${netns} sysctl -qw net.ipv6.conf.default.disable_ipv6=1`)
}

let number = 0

/** Runs a test in a namespace of its own. @param setup lines of `ip` and `bridge` that are run first */
export async function inNetns(setup: readonly string[], test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `bridge${process.pid}.${number++}`
  ip(`netns add ${netns}`)
  try {
    play(netns, setup)
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}
