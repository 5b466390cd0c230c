import type { ChildProcess } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { start } from './rtnl.ts'

export interface Event {
  readonly event: string
  readonly table: string
  readonly kind?: string
  readonly cause?: string
  readonly key?: string
  readonly entry?: Record<string, unknown>
  readonly old?: Record<string, unknown>
  readonly entries?: number
  readonly reason?: string
}

/** Longer than any of this takes, even where the kernel is emulated. */
const patienceMilliseconds = 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)

/** Waits until the world is as wanted, which it does not tell. */
export async function eventually(wanted: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds
  while (!(await wanted())) {
    if (Date.now() > deadline) throw new Error('it never came true')
    await delay(50)
  }
}

const running = new Set<ChildProcess>()

/** Ends what a test that failed left running, for the others to be run. */
export function endWatching(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A running `rtnl watch` and what it has printed. */
export class Watching {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  stderr = ''
  #text = ''
  readonly #lines: string[] = []
  #arrived = (): void => {}
  #over = false

  /**
   * @param reading whether its output is read from the start
   * @param command the words before the arguments
   */
  constructor(args: readonly string[], reading = true, command: readonly string[] = ['watch']) {
    this.child = start([...command, ...args])
    running.add(this.child)
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        running.delete(this.child)
        resolve({ code, signal })
      })
    })
    this.child.once('close', () => {
      this.#over = true
      this.#arrived()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk
    })
    if (reading) this.read()
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  get events(): Event[] {
    return this.#lines.map((line) => JSON.parse(line))
  }

  read(): void {
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (this.#text + chunk).split('\n')
      this.#text = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#arrived()
    })
  }

  /** Waits until what was printed is as wanted. */
  async until(wanted: () => boolean): Promise<void> {
    const deadline = Date.now() + patienceMilliseconds
    while (!(await wanted())) {
      const left = deadline - Date.now()
      if (left <= 0 || this.#over)
        throw new Error(`still not there: ${this.#lines.slice(-5).join('\n')}\n${this.stderr}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#arrived = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Waits for a number of events of a kind. */
  async count(event: string, count: number): Promise<void> {
    await this.until(() => this.events.filter((other) => other.event === event).length >= count)
  }

  async stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    // After `child.kill` Deno says that the signal ended the process, whatever the process made of it.
    process.kill(this.child.pid!, signal)
    return this.ended
  }
}

/** What the changes make of an empty table. */
export function fold(events: readonly Event[]): Map<string, Record<string, unknown>> {
  const entries = new Map<string, Record<string, unknown>>()
  for (const { event, kind, key = '', entry = {} } of events) {
    if (event !== 'change') continue
    const known = entries.has(key)
    if (known === (kind === 'added')) throw new Error(`${kind} ${key}, which is ${known ? '' : 'not '}there`)
    if (kind === 'removed') entries.delete(key)
    else entries.set(key, entry)
  }
  return entries
}
