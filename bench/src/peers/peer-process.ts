import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { BenchNamespace } from '../bench-namespace.ts'
import type { Sample } from '../sample.ts'
import type { Peer } from './peer.ts'
import { peakBytesOf, processorSecondsOf } from './process-status.ts'

/** Milliseconds after which a peer is taken for hung. */
const timeout = 600_000
/** Letters of its complaint that an error shows. */
const mostComplaint = 500

/** A peer in a process of its own: it takes a line for each command, and answers with a line of JSON. */
export class PeerProcess implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #exit: Promise<unknown>
  #complaint = ''

  constructor({ name, command }: Pick<Peer, 'name' | 'command'>, namespace: BenchNamespace) {
    this.#name = name
    const words = ['netns', 'exec', namespace.name, ...command, ...namespace.peerArguments]
    const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' })
    this.#child = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#exit = once(child, 'exit').then(([code, signal]) => code ?? signal)
    // It may have ended before a command is sent.
    child.stdin.on('error', () => {})
    child.stderr.on('data', (text: Buffer) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-mostComplaint)
    })
  }

  /**
   * Sends a command.
   * @throws {Error} it ended
   */
  async ask(line: string): Promise<Sample> {
    this.#child.stdin?.write(`${line}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`${this.#name}, "${line}": it ended with ${await this.#exit}: ${this.#complaint}`)
    return JSON.parse(value) as Sample
  }

  processorSeconds(): Promise<number> {
    return processorSecondsOf(this.#child.pid)
  }

  peakBytes(): Promise<number | undefined> {
    return peakBytesOf(this.#child.pid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end()
    await this.#exit
  }
}

/** Runs a peer that does one thing. */
export async function runPeer(peer: Peer, namespace: BenchNamespace, line: string): Promise<Sample> {
  await using process = new PeerProcess(peer, namespace)
  const sample = await process.ask(line)
  const peakBytes = await process.peakBytes()
  return { ...sample, ...(peakBytes === undefined ? {} : { peakBytes }) }
}
