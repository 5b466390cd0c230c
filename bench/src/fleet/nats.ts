import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestServer } from '../../../packages/fleet/test/support/nats-server.ts'

/** What a server has done and has. */
export interface ServerFigures {
  /** Bytes that clients have sent, and that they have got. */
  readonly received: number
  readonly sent: number
  /** Seconds of processors. */
  readonly processorSeconds: number
  readonly memoryBytes: number
  /** What it holds on the disk. */
  readonly diskBytes: number
}

/** Clock ticks a second in `/proc/PID/stat`. */
const ticksPerSecond = 100

/** A server that says what it does. */
export class NatsServer implements AsyncDisposable {
  readonly #server: TestServer

  private constructor(server: TestServer) {
    this.#server = server
  }

  static async start(): Promise<NatsServer> {
    return new NatsServer(await TestServer.start('http: "127.0.0.1:-1"'))
  }

  get url(): string {
    return this.#server.url
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }

  wipe(): void {
    this.#server.wipe()
  }

  /** Resolves when it answers. */
  restart(): Promise<void> {
    return this.#server.restart()
  }

  /** Bytes of the stream of a fleet, as the server counts them. */
  streamBytes(fleet: string): Promise<number> {
    return this.#server.bytes(fleet)
  }

  async figures(): Promise<ServerFigures> {
    const { folder } = this.#server
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.ports'))
    const [, pid = ''] = /_(\d+)\.ports$/.exec(file) ?? []
    const { monitoring }: { monitoring: string[] } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const answer = (await (await fetch(`${monitoring[0]}/varz`)).json()) as Record<
      'in_bytes' | 'out_bytes' | 'mem',
      number
    >
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 13)
      .map(Number)
    const [disk = ''] = execFileSync('du', ['-sb', join(folder, 'store')], { encoding: 'utf8' }).split('\t')
    return {
      received: answer.in_bytes,
      sent: answer.out_bytes,
      processorSeconds: (user + system) / ticksPerSecond,
      memoryBytes: answer.mem,
      diskBytes: Number(disk),
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }
}
