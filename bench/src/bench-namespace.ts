import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { folder } from './folder.ts'
import type { Programs } from './programs.ts'
import { commandOf, device, firstGateway, gateways, type RouteSet, scattered } from './route-set.ts'
import type { Sample } from './sample.ts'

const run = promisify(execFile)

/** Milliseconds after which a program is taken for hung. */
const timeout = 600_000

export type Step = 'add' | 'delete' | `replace:${number}`

export interface WriterOptions {
  readonly count: number
  /** Takes the routes evenly from among so many. */
  readonly among?: number
  /** 32 or 24 bits. */
  readonly length?: number
  /** Requests a send, at most 128. */
  readonly pack?: number
  /** Whether each request is acknowledged, or the last of a send. */
  readonly ack?: 'all' | 'last'
  /** In which the routes are deleted. */
  readonly order?: 'ascending' | 'descending' | 'scattered'
  readonly table?: number
  readonly protocol?: number
}

/** Where the writer runs: on this processor alone, by its number; anywhere by default. */
export interface WriterPlace {
  readonly processor?: number | undefined
}

/** What the writer in C came to. */
export interface Written extends Sample {
  readonly operations: number
  readonly seconds: number
  /** When it was done, in seconds of the clock of `process.hrtime`. */
  readonly ended: number
  readonly peakBytes: number
}

interface Link {
  readonly ifindex: number
  readonly operstate: string
}

/** A network namespace with a pair of links, for routes by the hundred thousand. */
export class BenchNamespace {
  readonly name: string
  readonly #programs: Programs
  readonly #ifindex: number

  private constructor(name: string, programs: Programs, ifindex: number) {
    this.name = name
    this.#programs = programs
    this.#ifindex = ifindex
  }

  /** @throws {Error} with what `ip` says */
  static async make(name: string, programs: Programs): Promise<BenchNamespace> {
    await run('ip', ['netns', 'add', name])
    const ip = async (words: string): Promise<string> => (await run('ip', ['-n', name, ...words.split(' ')])).stdout
    await ip('link set lo up')
    await ip(`link add ${device} type veth peer name v1`)
    // Addresses of their own would bring IPv6 routes, some time later.
    for (const link of [device, 'v1']) await ip(`link set ${link} addrgenmode none up`)
    await ip(`addr add 198.18.0.1/16 dev ${device}`)
    const show = async (link: string) => (JSON.parse(await ip(`-j link show ${link}`)) as [Link])[0]
    // A kernel worker reports the carrier to the rest of the kernel up to a second later; then the kernel adds routes too.
    for (const link of [device, 'v1']) while ((await show(link)).operstate !== 'UP') await delay(20)
    return new BenchNamespace(name, programs, (await show(device)).ifindex)
  }

  /**
   * Runs the writer, and resolves when it is done.
   * @throws {Error} the kernel refused some of it
   */
  async write(steps: readonly Step[], options: WriterOptions, { processor }: WriterPlace = {}): Promise<Written> {
    const all = { device: this.#ifindex, gateway: firstGateway, gateways, ...options }
    const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])
    const command = [this.#programs.writer, ...words, ...steps]
    const placed = processor === undefined ? command : ['taskset', '-c', String(processor), ...command]
    const { stdout, stderr } = await this.#run(placed)
    const written = JSON.parse(stdout) as Written & { failed: number }
    if (written.failed > 0) throw new Error(`writer: ${written.failed} of ${written.operations} failed: ${stderr}`)
    return written
  }

  /** The routes that the writer makes, for others to write. */
  routeSet(options: Omit<RouteSet, 'netns' | 'ifindex'>): RouteSet {
    return { netns: this.name, ifindex: this.#ifindex, ...options }
  }

  /**
   * Adds or deletes routes by `ip -batch`, deletes them in the order of the writer. The time is that of the whole
   * process.
   * @throws {Error} the kernel refused some of it
   */
  async ipBatch(action: 'add' | 'delete', set: RouteSet): Promise<Sample> {
    const file = fileURLToPath(new URL(`.cache/batch.${process.pid}`, folder))
    const numbers = action === 'add' ? Array.from({ length: set.count }, (_, number) => number) : scattered(set.count)
    await writeFile(file, Array.from(numbers, (number) => commandOf(set, number, action)).join(''))
    try {
      const start = performance.now()
      await run('ip', ['-n', this.name, '-batch', file], { timeout })
      return { seconds: (performance.now() - start) / 1000, sent: set.count }
    } finally {
      await rm(file)
    }
  }

  /** Counts the routes of a family with a program that only receives them. */
  async drain(family: 'inet' | 'inet6'): Promise<Sample> {
    return JSON.parse((await this.#run([this.#programs.drain, family])).stdout)
  }

  async delete(): Promise<void> {
    await run('ip', ['netns', 'delete', this.name])
  }

  #run(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    return run('ip', ['netns', 'exec', this.name, ...command], { timeout })
  }
}
