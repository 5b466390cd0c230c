import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { publish } from 'libnpmpublish'
import { manifestOf, readTarball } from './tarball.ts'

const startLimitMilliseconds = 60_000

/** An npm registry on this machine. It asks no other one: what is not published to it does not exist. */
export class Registry {
  /** With a slash at its end. */
  readonly url: string
  readonly #process: ChildProcess

  private constructor(url: string, process: ChildProcess) {
    this.url = url
    this.#process = process
  }

  /** Starts one that keeps all it has in a folder. */
  static async start(folder: string): Promise<Registry> {
    mkdirSync(folder, { recursive: true })
    const config = join(folder, 'verdaccio.yaml')
    writeFileSync(
      config,
      `storage: ${join(folder, 'storage')}
web: { enable: false }
packages: { '**': { access: $all, publish: $all } }
log: { type: stdout, format: json, level: fatal }
`,
    )
    const url = `http://127.0.0.1:${await freePort()}/`
    const manifest = createRequire(import.meta.url).resolve('verdaccio/package.json')
    const server = spawn(process.execPath, [join(dirname(manifest), 'bin/verdaccio'), '-c', config, '-l', url], {
      cwd: folder,
      stdio: 'ignore',
    })
    const registry = new Registry(url, server)
    const deadline = Date.now() + startLimitMilliseconds
    while (!(await answers(url))) {
      if (server.exitCode !== null) throw new Error(`verdaccio ended with code ${server.exitCode}`)
      if (Date.now() > deadline) {
        await registry.stop()
        throw new Error('verdaccio does not answer')
      }
      await delay(50)
    }
    return registry
  }

  /** Puts a tarball in, as `npm publish` does. */
  async publish(tarball: string): Promise<void> {
    // Nothing is published without some proof of who one is; this registry asks for none.
    const proof = { [`${this.url.slice('http:'.length)}:_authToken`]: 'nobody' }
    await publish(manifestOf(readTarball(tarball)), readFileSync(tarball), { registry: this.url, ...proof })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}-/ping`)).ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
