import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { patience } from '@rtnl/compliance'
import type { Nexthop } from '@rtnl/nexthop'
import * as assert from 'uvu/assert'

function run(args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync('ip', args, {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`ip ${args.join(' ')} ${input ?? ''}: ${error?.message ?? stderr}`)
  return stdout
}

/** Runs `ip` with the words of a text; throws with what it says if it fails. */
export function ip(command: string): string {
  return run(command.split(' '))
}

/** Runs many `ip` commands in one process. */
export function ipBatch(netns: string, commands: readonly string[]): void {
  run(['-n', netns, '-batch', '-'], `${commands.join('\n')}\n`)
}

/** The same, going on with the next where the kernel refuses one. */
export function ipForce(netns: string, commands: readonly string[]): void {
  spawnSync('ip', ['-n', netns, '-force', '-batch', '-'], { input: `${commands.join('\n')}\n` })
}

/**
 * A step of a scenario: an `ip` command; one that the kernel refuses, `no ...`; `state LINK STATE`, which waits until
 * the link has the operational state. The carrier is told to the rest of the kernel by a worker, up to a second later.
 */
export type Step = string

export async function play(netns: string, steps: readonly Step[]): Promise<void> {
  let batch: string[] = []
  const flush = (): void => {
    if (batch.length > 0) ipBatch(netns, batch)
    batch = []
  }
  for (const step of steps) {
    const [, word, rest = ''] = /^(no|state) (.*)$/.exec(step) ?? []
    if (word === undefined) batch.push(step)
    else {
      flush()
      if (word === 'state') await stateReached(netns, rest)
      else assert.throws(() => ip(`-n ${netns} ${rest}`), /ip -n/, step)
    }
  }
  flush()
}

async function stateReached(netns: string, wanted: string): Promise<void> {
  const [name = '', state = ''] = wanted.split(' ')
  const isReached = (): boolean =>
    (JSON.parse(ip(`-n ${netns} -j link show ${name}`)) as [{ operstate: string }])[0].operstate === state
  for (const started = Date.now(); !isReached(); await delay(50)) {
    assert.ok(Date.now() - started < patience, `not yet: ${name} is ${state}`)
  }
}

const veths = ['v0', 'v1', 'v2']

/** A namespace with three pairs of links, v0-p0 to v2-p2, which are up and have addresses of both families. */
export async function makeNetns(netns: string): Promise<void> {
  ip(`netns add ${netns}`)
  ipBatch(netns, [
    'link set lo up',
    ...veths.flatMap((name, index) => [
      `link add ${name} type veth peer name p${index}`,
      `link set ${name} up`,
      `link set p${index} up`,
      `addr add 10.0.${index}.1/24 dev ${name}`,
      `addr add fd00:${index}::1/64 dev ${name} nodad`,
    ]),
  ])
  await play(
    netns,
    veths.map((name) => `state ${name} UP`),
  )
}

interface IpNexthop {
  id: number
  gateway?: string
  dev?: string
  blackhole?: null
  fdb?: null
  group?: { id: number; weight?: number }[]
  type?: string
  resilient_args?: { buckets: number; idle_timer: number; unbalanced_timer: number }
  scope: string
  protocol: string
  flags: string[]
}

/**
 * What `ip` shows, as entries. It does not show the family, and its weights have 8 bits.
 */
export function ipNexthops(netns: string): Nexthop[] {
  const links = JSON.parse(ip(`-n ${netns} -j link`)) as { ifindex: number; ifname: string }[]
  const ifindexes = new Map(links.map(({ ifname, ifindex }) => [ifname, ifindex]))
  const shown = JSON.parse(ip(`-n ${netns} -j -d -N nexthop`) || '[]') as IpNexthop[]
  return shown.map(({ id, gateway, dev, blackhole, fdb, group, type, resilient_args, scope, protocol, flags }) => ({
    family: group !== undefined ? 0 : gateway?.includes(':') ? 10 : 2,
    scope: Number(scope),
    protocol: Number(protocol),
    flags: flags.includes('onlink') ? 4 : 0,
    id,
    ...(blackhole === undefined ? {} : { blackhole: true }),
    ...(fdb === undefined ? {} : { fdb: true }),
    ...(dev === undefined ? {} : { oif: ifindexes.get(dev) ?? -1 }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(group === undefined
      ? {}
      : { groupType: type === 'resilient' ? 1 : 0, group: group.map((member) => ({ weight: 1, ...member })) }),
    ...(resilient_args === undefined
      ? {}
      : {
          resGroup: {
            buckets: resilient_args.buckets,
            idleTimer: resilient_args.idle_timer * 100,
            unbalancedTimer: resilient_args.unbalanced_timer * 100,
          },
        }),
  }))
}
