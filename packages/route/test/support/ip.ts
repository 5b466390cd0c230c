import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { patience, trustAddresses } from '@rtnl/compliance'
import * as assert from 'uvu/assert'

function run(args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync('ip', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`ip ${args.join(' ')} ${input?.slice(0, 1000) ?? ''}: ${error?.message ?? stderr}`)
  return stdout
}

/** Runs `ip` with the words of a text; throws with what it says if it fails. */
export function ip(command: string): string {
  return run(command.split(' '))
}

/** Runs many `ip` commands in one process. */
export function ipBatch(netns: string, commands: readonly string[]): void {
  run(['-n', netns, '-batch', '-'], `${commands.join('\n')}\n`)
}

/** The same, going on with the next where the kernel refuses one. Returns how many it took. */
export function ipForce(netns: string, commands: readonly string[]): number {
  const { stderr } = spawnSync('ip', ['-n', netns, '-force', '-batch', '-'], {
    input: `${commands.join('\n')}\n`,
    encoding: 'utf8',
    stdio: 'pipe',
  })
  return commands.length - (stderr.match(/^Command failed/gm) ?? []).length
}

/** What `ip` says as JSON. */
export function ipJson<Shown>(netns: string, command: string): Shown[] {
  return JSON.parse(run(['-n', netns, '-j', ...command.split(' ')]).trim() || '[]') as Shown[]
}

export function sysctl(netns: string, name: string, value: number): void {
  run(['netns', 'exec', netns, 'sh', '-c', `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`])
}

/** A command of `ip`; one that the kernel refuses, `no ...`; or something to do or to wait for. */
export type Step = string | ((netns: string) => void | Promise<void>)

export async function play(netns: string, steps: readonly Step[]): Promise<void> {
  let batch: string[] = []
  const flush = (): void => {
    if (batch.length > 0) ipBatch(netns, batch)
    batch = []
  }
  for (const step of steps) {
    if (typeof step === 'string' && !step.startsWith('no ')) {
      batch.push(step)
      continue
    }
    flush()
    if (typeof step !== 'string') await step(netns)
    else assert.throws(() => ipBatch(netns, [step.slice(3)]), /ip -n/, step)
  }
  flush()
}

/** Sets a sysctl. */
export function set(name: string, value: number): Step {
  return (netns) => sysctl(netns, name, value)
}

interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly operstate: string
  readonly flags: readonly string[]
  /** The other end of a pair. */
  readonly link?: string
}

/**
 * Waits until a link has a carrier, or has none. It is told to the rest of the kernel by a worker, up to a second
 * later, which also sends the notification.
 */
export function carrier(name: string, present: boolean): Step {
  const state = present ? 'UP' : 'LOWERLAYERDOWN'
  return (netns) =>
    until(() => ipJson<IpLink>(netns, `link show ${name}`)[0]?.operstate === state, `${name} is ${state}`)
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const started = Date.now()
  for (let asked = started; !condition(); asked = Date.now()) {
    const now = Date.now()
    assert.ok(now - started < patience, `not yet: ${what}`)
    // Where asking takes long, the program under test has to come to its turn too.
    await delay(Math.max(20, now - asked))
  }
}

/** Waits until the kernel has told of all carriers that came and went. */
export async function linksSettled(netns: string): Promise<void> {
  const settled = (): boolean => {
    const links = ipJson<IpLink>(netns, 'link')
    const isUp = (name: string | undefined): boolean =>
      links.find(({ ifname }) => ifname === name)?.flags.includes('UP') ?? false
    return links.every(({ ifname, link, operstate }) => {
      if (link === undefined) return true
      return operstate === (!isUp(ifname) ? 'DOWN' : isUp(link) ? 'UP' : 'LOWERLAYERDOWN')
    })
  }
  await until(settled, 'states of all links')
}

/** Waits until every IPv6 address has its route, which is made by a worker of the kernel. */
async function addressesSettled(netns: string): Promise<void> {
  const settled = (): boolean => {
    const links = ipJson<{ addr_info?: { local: string }[] }>(netns, '-6 addr')
    const addresses = links.flatMap(({ addr_info = [] }) => addr_info.map(({ local }) => local))
    const routes = ipJson<{ dst: string }>(netns, '-6 route show table all type local').map(({ dst }) => dst)
    return addresses.every((address) => routes.includes(address))
  }
  await until(settled, 'routes of all addresses')
}

/** Names of interfaces by index. */
export function linkNames(netns: string): Map<number, string> {
  return new Map(ipJson<IpLink>(netns, 'link').map(({ ifindex, ifname }) => [ifindex, ifname]))
}

export function ifindexOf(netns: string, name: string): number {
  return ipJson<IpLink>(netns, `link show ${name}`)[0]!.ifindex
}

/** A namespace with pairs of links, v0-p0 and so on, which are up and have addresses of both families. */
export async function makeNetns(netns: string, pairs = 3): Promise<void> {
  ip(`netns add ${netns}`)
  // Without duplicate address detection nothing happens a second later.
  trustAddresses(netns)
  const numbers = Array.from({ length: pairs }, (_, number) => number)
  ipBatch(netns, [
    'link set lo up',
    ...numbers.flatMap((number) => [
      `link add v${number} type veth peer name p${number}`,
      `link set v${number} up`,
      `link set p${number} up`,
      `addr add 10.0.${number}.1/24 dev v${number}`,
      `addr add fd00:${number}::1/64 dev v${number} nodad`,
    ]),
  ])
  await linksSettled(netns)
  await addressesSettled(netns)
}
