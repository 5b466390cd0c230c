import { execFileSync, spawnSync } from 'node:child_process'
import { systemTransports } from '../../../netlink-core/src/connection/system-transports.ts'
import { Differential, type Figures, noFigures } from './differential.ts'

interface Options {
  readonly seeds: number
  readonly operations: number
  /** The first seed; the others follow it. */
  readonly first: number
  readonly onDifference?: (difference: string) => void
}

/** Compares each seed in a namespace of its own; IPv6 is on in every other one. */
export async function compareWithKernel(options: Options): Promise<Figures> {
  const figures = noFigures()
  const queue = Array.from({ length: options.seeds }, (_, index) => options.first + index).values()
  const lane = async (): Promise<void> => {
    for (const seed of queue) await compareSeed(seed, options, figures)
  }
  // Most of the time is spent waiting for other threads.
  await Promise.all(Array.from({ length: lanes }, lane))
  return figures
}

const lanes = 16

async function compareSeed(seed: number, options: Options, figures: Figures): Promise<void> {
  const netns = `fake-${process.pid}-${seed}`
  execFileSync('ip', ['netns', 'add', netns])
  try {
    const ipv6 = seed % 2 === 0
    prepare(netns, ipv6)
    const differential = new Differential(systemTransports({ netns }), figures, ipv6)
    try {
      const difference = await differential.run(seed, options.operations)
      if (difference !== undefined) options.onDifference?.(difference)
    } finally {
      differential.close()
    }
  } finally {
    spawnSync('ip', ['netns', 'del', netns])
  }
}

/** Settings that a namespace may have from the first one. */
function prepare(netns: string, ipv6: boolean): void {
  const settings = [
    ...['all', 'default', 'lo'].map((name) => [`ipv6/conf/${name}/disable_ipv6`, ipv6 ? 0 : 1]),
    // No other host answers: an address counts at once, and nobody asks for routers.
    ...['all', 'default', 'lo'].map((name) => [`ipv6/conf/${name}/accept_dad`, 0]),
    ...['all', 'default'].map((name) => [`ipv6/conf/${name}/router_solicitations`, 0]),
    ...['all', 'default'].map((name) => [`ipv6/conf/${name}/accept_ra`, 0]),
    ...['all', 'default'].map((name) => [`ipv6/conf/${name}/addr_gen_mode`, 0]),
    ...['all', 'default', 'lo'].map((name) => [`ipv4/conf/${name}/promote_secondaries`, 0]),
    ...['all', 'default', 'lo'].map((name) => [`ipv4/conf/${name}/ignore_routes_with_linkdown`, 0]),
    ['ipv4/nexthop_compat_mode', 1],
  ]
  const script = settings.map(([path, value]) => `echo ${value} > /proc/sys/net/${path}`).join(' && ')
  execFileSync('ip', ['netns', 'exec', netns, 'sh', '-c', script])
}
