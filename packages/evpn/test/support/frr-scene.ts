import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { play, until } from './netns.ts'

/** Where Debian's package has the daemons. */
const daemons = '/usr/lib/frr'

/** Two networks of hosts, and one between the routers. */
export const hostVnis = [10, 20] as const
export const routedVni = 1000

export const numbers = [1, 2, 3] as const
export type VtepNumber = (typeof numbers)[number]

export const vtepIp = (number: VtepNumber): string => `192.0.2.${number}`
export const hostMac = (number: VtepNumber): string => `02:00:00:00:10:0${number}`
export const hostIp = (number: VtepNumber): string => `10.10.0.${number}`
/** An address that does not move, at the first VTEP. */
export const stickyMac = '02:00:00:00:20:55'

const sviIp = (vni: number, number: VtepNumber): string => `10.${vni}.0.25${number}`

/** The VTEP to which the host of each one can go. */
const next = (number: VtepNumber): VtepNumber => ((number % 3) + 1) as VtepNumber

/**
 * Three VTEPs with FRR, each in a namespace with a host in another one, over a bridge. Everything but the daemons is gone with the
 * namespaces of the process.
 */
export class FrrScene implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rtnl-frr-'))
  readonly #processes = new Map<string, ReturnType<typeof spawn>>()

  static async start(): Promise<FrrScene> {
    if (!existsSync(join(daemons, 'bgpd'))) throw new Error('FRR is not found: install the package "frr"')
    const scene = new FrrScene()
    try {
      scene.#lay()
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
    const answers = text.match(/^[{[]$.*?^[}\]]$/gms) ?? []
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
  async speak(number: VtepNumber, at: VtepNumber): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', `host${number}`, 'ping', '-c1', '-W1', sviIp(10, at)], {
      stdio: 'ignore',
    })
    await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  }

  setPort(number: VtepNumber, name: 'home' | 'under', to: 'up' | 'down'): void {
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

  #lay(): void {
    for (const netns of ['core', ...numbers.flatMap((number) => [`vtep${number}`, `host${number}`])]) {
      spawnSync('ip', ['netns', 'add', netns])
      play(netns, 'ip link set lo up')
    }
    play('core', 'ip link add fabric type bridge', 'ip link set fabric up')
    for (const number of numbers) {
      play(`vtep${number}`, ...vtepLines(number))
      play('core', `ip link set to${number} master fabric up`)
      mkdirSync(this.#path(number))
      writeFileSync(join(this.#path(number), 'zebra.conf'), `hostname vtep${number}\nvni ${routedVni}\n`)
      writeFileSync(join(this.#path(number), 'bgpd.conf'), bgpLines(number).join('\n'))
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
          `ip link set ${name} master br10 up`,
        )
      }
      play(host, 'ip link set home up', `ip addr add ${hostIp(number)}/24 dev home`)
    }
  }
}

function vtepLines(number: VtepNumber): string[] {
  return [
    `ip link add under type veth peer name to${number} netns core`,
    `ip addr add ${vtepIp(number)}/24 dev under`,
    'ip link set under up',
    `ip addr add 172.16.0.${number}/32 dev lo`,
    ...[...hostVnis, routedVni].flatMap((vni) => [
      `ip link add br${vni} address 02:00:00:00:${String(vni).slice(0, 2)}:f${number} type bridge`,
      `ip link add vx${vni} type vxlan id ${vni} local ${vtepIp(number)} dstport 4789 nolearning`,
      `ip link set vx${vni} master br${vni} up`,
      `bridge link set dev vx${vni} learning off neigh_suppress on`,
      `ip link set br${vni} up`,
    ]),
    ...hostVnis.map((vni) => `ip addr add ${sviIp(vni, number)}/24 dev br${vni}`),
    'ip link add fixed type veth peer name other',
    'ip link set fixed master br20 up',
    'ip link set other up',
    ...(number === 1 ? [`bridge fdb add ${stickyMac} dev fixed master static sticky`] : []),
  ]
}

function bgpLines(number: VtepNumber): string[] {
  const peers = numbers.filter((other) => other !== number).map(vtepIp)
  return [
    'router bgp 65000',
    ` bgp router-id ${vtepIp(number)}`,
    ' no bgp default ipv4-unicast',
    ' timers bgp 1 5',
    ...peers.flatMap((peer) => [
      ` neighbor ${peer} remote-as 65000`,
      ` neighbor ${peer} timers connect 1`,
      ` neighbor ${peer} advertisement-interval 0`,
    ]),
    ' address-family ipv4 unicast',
    `  network 172.16.0.${number}/32`,
    ' exit-address-family',
    ' address-family l2vpn evpn',
    ...peers.map((peer) => `  neighbor ${peer} activate`),
    '  advertise-all-vni',
    '  advertise ipv4 unicast',
    // Zebra installs the addresses of such a gateway without saying that they were learned.
    ...(number === 1 ? ['  vni 20', '   advertise-default-gw', '  exit-vni'] : []),
    ' exit-address-family',
    '',
  ]
}
