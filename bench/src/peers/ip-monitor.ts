import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BenchNamespace } from '../bench-namespace.ts'
import { folder } from '../folder.ts'
import type { FollowerCounts, RouteFollower } from '../follower.ts'
import { peakBytesOf, processorSecondsOf } from './process-status.ts'

/** Milliseconds between looks at what it wrote. */
const pause = 50
/** A routing table that nobody else writes. */
const probeTable = 99
/** Milliseconds without anything new after which everything is taken for written. */
const quiet = 300

/** Seconds by the clock that the writer in C uses too. */
const now = (): number => Number(process.hrtime.bigint()) / 1e9

/** `ip monitor route`, which writes what it is received into a file and keeps no table. */
export class IpMonitor implements RouteFollower {
  readonly #namespace: BenchNamespace
  readonly #path: string
  readonly #file: FileHandle
  readonly #child: ChildProcess
  #complaint = ''
  #linesBefore = 0
  #processorSeconds = 0
  #woken: Promise<number> | undefined

  private constructor(namespace: BenchNamespace, path: string, file: FileHandle) {
    this.#namespace = namespace
    this.#path = path
    this.#file = file
    this.#child = spawn('ip', ['-n', namespace.name, 'monitor', 'route'], { stdio: ['ignore', file.fd, 'pipe'] })
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#complaint += text
    })
  }

  /** Resolves once it writes what it receives. */
  static async start(namespace: BenchNamespace): Promise<IpMonitor> {
    const path = fileURLToPath(new URL(`.cache/monitor.${process.pid}`, folder))
    const monitor = new IpMonitor(namespace, path, await open(path, 'w'))
    // It is in the groups before it reads the links by the same socket, and drops all other messages until that is done.
    while ((await monitor.#size()) === 0) {
      await namespace.write(['add', 'delete'], { count: 1, table: probeTable })
      await delay(pause)
    }
    return monitor
  }

  async begin(): Promise<void> {
    await this.#settle()
    this.#linesBefore = await this.#lines()
    this.#processorSeconds = await processorSecondsOf(this.#child.pid)
  }

  async block(milliseconds: number): Promise<void> {
    this.#child.kill('SIGSTOP')
    this.#woken = delay(milliseconds).then(() => {
      this.#child.kill('SIGCONT')
      return now()
    })
  }

  async catchUp(): Promise<FollowerCounts> {
    const unblocked = await this.#woken
    const fresh = await this.#settle()
    const { pid } = this.#child
    const peakBytes = await peakBytesOf(pid)
    return {
      fresh,
      ...(unblocked === undefined ? {} : { unblocked }),
      received: (await this.#lines()) - this.#linesBefore,
      overruns: this.#complaint.split('No buffer space available').length - 1,
      drops: (await this.#namespace.drops()) ?? 0,
      processorSeconds: (await processorSecondsOf(pid)) - this.#processorSeconds,
      ended: 0,
      ...(peakBytes === undefined ? {} : { peakBytes }),
    }
  }

  async compare(): Promise<undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
    await this.#file.close()
    await rm(this.#path)
  }

  /** Resolves when it has written everything, with the time of the last of it. */
  async #settle(): Promise<number> {
    // However long it takes until it gets a processor.
    while (!(await this.#namespace.isTaken())) await delay(pause)
    let fresh = now()
    for (let size = -1, since = performance.now(); performance.now() - since < quiet; await delay(pause)) {
      const written = await this.#size()
      if (written === size) continue
      size = written
      since = performance.now()
      fresh = now()
    }
    return fresh
  }

  async #size(): Promise<number> {
    return (await this.#file.stat()).size
  }

  async #lines(): Promise<number> {
    return (await readFile(this.#path, 'utf8')).split('\n').length - 1
  }
}
