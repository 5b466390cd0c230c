import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
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

/** What the drain in C reads: IPv4 routes, IPv6 routes, nexthops, neighbours, forwarding entries. */
export type DrainedTable = 'inet' | 'inet6' | 'nexthop' | 'neigh' | 'fdb'

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

  /** The interface that routes go out of. */
  get ifindex(): number {
    return this.#ifindex
  }

  /** The arguments of peers: where routes lead. */
  get peerArguments(): readonly string[] {
    return [String(this.#ifindex), firstGateway, String(gateways)]
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
    const numbers = action === 'add' ? Array.from({ length: set.count }, (_, number) => number) : scattered(set.count)
    const seconds = await this.#batch(
      'ip',
      Array.from(numbers, (number) => commandOf(set, number, action)),
    )
    return { seconds, sent: set.count }
  }

  /** Shows all IPv4 routes by `ip`, into a file. The time is that of the whole process. */
  async ipShow(): Promise<Sample> {
    const path = fileURLToPath(new URL(`.cache/shown.${process.pid}`, folder))
    const file = await open(path, 'w')
    try {
      const start = performance.now()
      const child = spawn('ip', ['-n', this.name, '-4', 'route', 'show', 'table', 'all'], {
        stdio: ['ignore', file.fd, 'inherit'],
      })
      await once(child, 'exit')
      const seconds = (performance.now() - start) / 1000
      const shown = await readFile(path)
      let routes = 0
      for (let at = shown.indexOf('\n'); at >= 0; at = shown.indexOf('\n', at + 1)) routes++
      return { seconds, routes }
    } finally {
      await file.close()
      await rm(path)
    }
  }

  /** Counts the entries of a table with a program that only receives them. */
  async drain(table: DrainedTable): Promise<Sample> {
    return JSON.parse((await this.#run([this.#programs.drain, table])).stdout)
  }

  /**
   * Changes the configuration by commands.
   * @throws {Error} the kernel refused some of it
   */
  async batch(program: 'ip' | 'bridge', commands: Iterable<string>): Promise<void> {
    await this.#batch(
      program,
      Array.from(commands, (command) => `${command}\n`),
    )
  }

  /** Messages that the kernel has dropped of those for the sockets that listen to changes; `undefined` if none does. */
  async drops(): Promise<number | undefined> {
    const sockets = await this.#listening()
    return sockets.length === 0 ? undefined : sockets.reduce((sum, { drops }) => sum + drops, 0)
  }

  async delete(): Promise<void> {
    await run('ip', ['netns', 'delete', this.name])
  }

  /** Whether every message was taken that the kernel has for sockets that listen to changes. */
  async isTaken(): Promise<boolean> {
    return (await this.#listening()).every(({ queued }) => queued === 0)
  }

  /** The netlink sockets of the namespace that are in a multicast group: bytes in their queues, and lost messages. */
  async #listening(): Promise<{ readonly queued: number; readonly drops: number }[]> {
    const { stdout } = await this.#run(['cat', '/proc/net/netlink'])
    const [head = '', ...lines] = stdout.trim().split('\n')
    const columns = head.trim().split(/\s+/)
    const sockets = lines.map((line) => {
      const fields = line.trim().split(/\s+/)
      return (column: string): string => fields[columns.indexOf(column)] ?? ''
    })
    return sockets
      .filter((field) => Number.parseInt(field('Groups'), 16) !== 0)
      .map((field) => ({ queued: Number(field('Rmem')), drops: Number(field('Drops')) }))
  }

  /** @returns the seconds that it took */
  async #batch(program: 'ip' | 'bridge', commands: readonly string[]): Promise<number> {
    const file = fileURLToPath(new URL(`.cache/batch.${process.pid}`, folder))
    await writeFile(file, commands.join(''))
    try {
      const start = performance.now()
      await run(program, ['-n', this.name, '-batch', file], { timeout })
      return (performance.now() - start) / 1000
    } finally {
      await rm(file)
    }
  }

  #run(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    return run('ip', ['netns', 'exec', this.name, ...command], { timeout })
  }
}
