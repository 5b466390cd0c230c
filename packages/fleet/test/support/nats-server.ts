import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats } from '@nats-io/transport-node'
import { streamName } from '@rtnl/fleet'

/** A NATS server with JetStream, with a folder of its own, that can be killed and started again. */
export class TestServer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rtnl-fleet-'))
  readonly #more: string
  readonly #host: string
  #ports: { nats: number; web: number } | undefined
  #process: ChildProcess | undefined

  private constructor(more: string, host: string) {
    this.#more = more
    this.#host = host
  }

  /**
   * @param more lines for the configuration
   * @param prepare is called with the folder before the server starts
   * @param host the address where it listens; the loopback unless told
   */
  static async start(more = '', prepare: (folder: string) => void = () => {}, host = '127.0.0.1'): Promise<TestServer> {
    const server = new TestServer(more, host)
    prepare(server.folder)
    await server.restart()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  get webSocket(): string {
    return `ws://127.0.0.1:${this.#ports?.web}`
  }

  get port(): number {
    return this.#ports?.nats ?? 0
  }

  /** With SIGKILL: nothing that was in its memory gets to the disk. */
  async kill(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    if (process === undefined || process.exitCode !== null) return
    const gone = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await gone
  }

  wipe(): void {
    rmSync(join(this.folder, 'store'), { recursive: true, force: true })
  }

  async restart(): Promise<void> {
    await this.kill()
    const ports = join(this.folder, 'ports')
    rmSync(ports, { recursive: true, force: true })
    const config = join(this.folder, 'nats.conf')
    writeFileSync(
      config,
      `listen: "${this.#host}:${this.#ports?.nats ?? -1}"
       ports_file_dir: "${this.folder}"
       jetstream { store_dir: "${join(this.folder, 'store')}", max_file_store: 1GB }
       websocket { listen: "127.0.0.1:${this.#ports?.web ?? -1}", no_tls: true }
       ${this.#more}`,
    )
    for (const file of this.#portFiles) rmSync(file)
    const process = spawn('nats-server', ['-c', config, '-l', join(this.folder, 'log')], { stdio: 'ignore' })
    this.#process = process
    while (this.#portFiles.length === 0 || !(await this.#answers())) {
      if (process.exitCode !== null)
        throw new Error(`nats-server ended: ${readFileSync(join(this.folder, 'log'), 'utf8')}`)
      await delay(20)
    }
  }

  /** Bytes of the stream of a fleet. */
  async bytes(fleet: string): Promise<number> {
    return await this.#managing(async (manager) => (await manager.streams.info(streamName(fleet))).state.bytes)
  }

  async setMaxBytes(fleet: string, bytes: number): Promise<void> {
    await this.#managing(async (manager) => await manager.streams.update(streamName(fleet), { max_bytes: bytes }))
  }

  async #managing<Result>(work: (manager: JetStreamManager) => Promise<Result>): Promise<Result> {
    const connection = await connectNats({ servers: this.url })
    try {
      return await work(await jetstreamManager(connection))
    } finally {
      await connection.close()
    }
  }

  get #portFiles(): string[] {
    return existsSync(this.folder)
      ? readdirSync(this.folder)
          .filter((name) => name.endsWith('.ports'))
          .map((name) => join(this.folder, name))
      : []
  }

  async #answers(): Promise<boolean> {
    const [file = ''] = this.#portFiles
    try {
      const ports: { nats: string[]; websocket: string[] } = JSON.parse(readFileSync(file, 'utf8'))
      const portOf = ([url = '']: string[]): number => Number(url.slice(url.lastIndexOf(':') + 1))
      this.#ports = { nats: portOf(ports.nats), web: portOf(ports.websocket) }
    } catch {
      return false
    }
    return await new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
