import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  dualHost,
  hostIp,
  hostMac,
  type Layout,
  next,
  numbers,
  separateBridges,
  sviIp,
  type VtepNumber,
} from './frr-layouts.ts'
import { play, until } from './netns.ts'

/** Where Debian's package has the daemons. */
const daemons = '/usr/lib/frr'

/**
 * Three VTEPs with FRR, each in a namespace with a host in another one, over a bridge. Everything but the daemons is gone with the
 * namespaces of the process.
 */
export class FrrScene implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rtnl-frr-'))
  readonly #processes = new Map<string, ReturnType<typeof spawn>>()

  /** @param layout how VTEPs are built. Default: a bridge for each VNI */
  static async start(layout: Layout = separateBridges): Promise<FrrScene> {
    if (!existsSync(join(daemons, 'bgpd'))) throw new Error('FRR is not found: install the package "frr"')
    const scene = new FrrScene()
    try {
      scene.#lay(layout)
      // The user of the daemons makes its files in these.
      const { status, stderr } = spawnSync('chown', ['-R', 'frr:frr', scene.#folder], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`chown: ${stderr}`)
      for (const number of numbers) await scene.#run('zebra', number)
      for (const number of numbers) await scene.#run('bgpd', number)
      return scene
    } catch (error) {
      await scene[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#processes.keys()) await this.#end(name, 'SIGTERM')
    rmSync(this.#folder, { recursive: true })
  }

  /**
   * The answers of zebra to some commands, each of which has to end in `json`; undefined while zebra does not do EVPN, when it
   * answers some of them by nothing.
   */
  async ask(number: VtepNumber, commands: readonly string[]): Promise<unknown[] | undefined> {
    const words = commands.flatMap((command) => ['-c', command])
    const child = spawn('vtysh', ['--vty_socket', this.#path(number), '-d', 'zebra', ...words])
    let text = ''
    let errors = ''
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString()
    })
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString()
    })
    const status = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
    const answers = text.match(/^(?:[{[]$.*?^[}\]]|\[\]|\{\})$/gms) ?? []
    if (status !== 0) throw new Error(`vtysh ${words.join(' ')}: ${text}${errors}`)
    if (answers.length !== commands.length) return undefined
    return answers.map((answer) => JSON.parse(answer) as unknown)
  }

  /** Takes the routing process away as a crash does, or starts it again. */
  killBgp(number: VtepNumber): Promise<void> {
    return this.#end(`bgpd${number}`, 'SIGKILL')
  }

  startBgp(number: VtepNumber): Promise<void> {
    return this.#run('bgpd', number)
  }

  /** Moves a host to the next VTEP. */
  moveHost(number: VtepNumber): void {
    play(
      `host${number}`,
      'ip link set away down',
      'ip link set home down',
      'ip link set away up',
      `ip addr replace ${hostIp(number)}/24 dev away`,
    )
  }

  /** Moves a host back. */
  returnHost(number: VtepNumber): void {
    play(`host${number}`, `ip addr del ${hostIp(number)}/24 dev away`, 'ip link set away down', 'ip link set home up')
  }

  /** Lets a host be heard by the VTEP that it is at, as far as it has a way to it. */
  async speak(number: VtepNumber | typeof dualHost, at: VtepNumber): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', `host${number}`, 'ping', '-c1', '-W1', sviIp(10, at)], {
      stdio: 'ignore',
    })
    await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  }

  setPort(number: VtepNumber, name: 'home' | 'under' | 'leg', to: 'up' | 'down'): void {
    play(`vtep${number}`, `ip link set ${name} ${to}`)
  }

  /** Whether an answer comes from one host to another, over the VTEPs. */
  canTalk(from: VtepNumber, to: VtepNumber): boolean {
    return spawnSync('ip', ['netns', 'exec', `host${from}`, 'ping', '-c1', '-W1', hostIp(to)]).status === 0
  }

  #path(number: VtepNumber): string {
    return join(this.#folder, `vtep${number}`)
  }

  async #run(daemon: 'zebra' | 'bgpd', number: VtepNumber): Promise<void> {
    const folder = this.#path(number)
    const file = (name: string): string => join(folder, name)
    const socket = file(`${daemon}.vty`)
    rmSync(socket, { force: true })
    const files = ['-f', file(`${daemon}.conf`), '-i', file(`${daemon}.pid`), '-z', file('zserv.api')]
    const words = [join(daemons, daemon), ...files, '--vty_socket', folder, '-P', '0']
    const child = spawn('ip', ['netns', 'exec', `vtep${number}`, ...words], { stdio: ['ignore', 'ignore', 'inherit'] })
    this.#processes.set(`${daemon}${number}`, child)
    await until(`${daemon} of VTEP ${number}`, () => {
      if (child.exitCode !== null) throw new Error(`${daemon} of VTEP ${number} ended with exit code ${child.exitCode}`)
      return existsSync(socket) && existsSync(file('zserv.api'))
    })
  }

  async #end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#processes.get(name)
    this.#processes.delete(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  #lay(layout: Layout): void {
    const hosts = [...numbers, ...(layout.dual.length > 0 ? [dualHost] : [])].map((number) => `host${number}`)
    for (const netns of ['core', ...numbers.map((number) => `vtep${number}`), ...hosts]) {
      spawnSync('ip', ['netns', 'add', netns])
      play(netns, 'ip link set lo up')
    }
    play('core', 'ip link add fabric type bridge', 'ip link set fabric up')
    for (const number of numbers) {
      play(`vtep${number}`, ...layout.vtep(number))
      play('core', `ip link set to${number} master fabric up`)
      mkdirSync(this.#path(number))
      const zebra = [`hostname vtep${number}`, ...layout.zebra(number), '']
      writeFileSync(join(this.#path(number), 'zebra.conf'), zebra.join('\n'))
      writeFileSync(join(this.#path(number), 'bgpd.conf'), layout.bgp(number).join('\n'))
    }
    // Ports for hosts: of its own, and of the one before.
    for (const number of numbers) {
      const host = `host${number}`
      for (const [at, name] of [
        [number, 'home'],
        [next(number), 'away'],
      ] as const) {
        play(
          `vtep${at}`,
          `ip link add ${name} type veth peer name ${name} netns ${host} address ${hostMac(number)}`,
          ...layout.port(name),
        )
      }
      play(host, 'ip link set home up', `ip addr add ${hostIp(number)}/24 dev home`)
    }
    for (const { netns, lines } of layout.dual) play(netns, ...lines)
  }
}
