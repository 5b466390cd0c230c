import { execFileSync, spawnSync } from 'node:child_process'
import { type Explanation, explainPacket, type Step } from '@rtnl/explain'
import { Notifier } from '@rtnl/notifier'
import * as assert from 'uvu/assert'

/** Runs a program with the words of a line. */
export function run(line: string): string {
  const [program = '', ...words] = line.split(' ')
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs commands of `ip`, and those that begin with `bridge`, in a namespace. */
export function runAll(netns: string, lines: readonly string[]): void {
  for (const line of lines) {
    run(line.startsWith('bridge ') ? `bridge -n ${netns} ${line.slice(7)}` : `ip -n ${netns} ${line}`)
  }
}

/** Runs commands of `ip`, of which the kernel may refuse some. */
export function runSome(netns: string, lines: readonly string[]): void {
  for (const family of ['-6', '-4']) {
    const own = lines.filter((line) => line.startsWith('-6 ') === (family === '-6'))
    const input = own.map((line) => `${line.replace(/^-6 /, '')}\n`).join('')
    const options = [family, '-n', netns, '-force', '-batch', '-']
    const { error } = spawnSync('ip', options, { input, stdio: ['pipe', 'ignore', 'ignore'] })
    if (error !== undefined) throw error
  }
}

/** Makes two namespaces with a pair of interfaces between them: `v0`, and `p0` with the addresses of the neighbour. */
export function makePair(netns: string, lines: readonly string[] = []): string {
  const far = `${netns}-far`
  for (const each of [netns, far]) {
    run(`ip netns add ${each}`)
    run(`ip -n ${each} link set lo up`)
  }
  run(
    `ip -n ${netns} link add v0 address 02:00:00:00:00:01 type veth peer name p0 address 02:00:00:00:00:02 netns ${far}`,
  )
  runAll(far, ['link set p0 up', 'address add 10.0.0.2/24 dev p0', 'address add fd00::2/64 dev p0 nodad'])
  runAll(netns, ['link set v0 up', 'address add 10.0.0.1/24 dev v0', 'address add fd00::1/64 dev v0 nodad', ...lines])
  return far
}

/** @param bound the interface that the packet is bound to */
export async function explained(
  netns: string,
  dst: string,
  src?: string,
  bound: { readonly oif?: number } = {},
): Promise<Explanation> {
  await using notifier = await Notifier.open({ netns })
  return await explainPacket(notifier, { dst, src, ...bound })
}

/** The kinds and outcomes of the steps. */
export function outline({ steps }: Explanation): string[] {
  return steps.map(({ kind, outcome, underlay }) => `${underlay ? 'underlay ' : ''}${kind} ${outcome}`)
}

export function stepOf<Kind extends Step['kind']>({ steps }: Explanation, kind: Kind): Step & { kind: Kind } {
  const step = steps.find((each): each is Step & { kind: Kind } => each.kind === kind)
  if (step === undefined) throw new Error(`there is no step ${kind}`)
  return step
}

/** IPv4 packets that a namespace has received by its interfaces, its tunnels among them. */
export function received(netns: string): number {
  const [names = '', values = ''] = run(`ip netns exec ${netns} cat /proc/net/snmp`)
    .split('\n')
    .filter((line) => line.startsWith('Ip: '))
  return Number(values.split(' ')[names.split(' ').indexOf('InReceives')])
}

/** Whether pings are answered. @param words more options of `ping` */
export function answers(netns: string, dst: string, words = ''): boolean {
  try {
    run(`ip netns exec ${netns} ping -n -c 1 -W 2 ${words}${dst}`)
    return true
  } catch {
    return false
  }
}

/** Looks that a ping is answered, and that a packet arrived at the other end. */
export function assertArrives(netns: string, far: string, dst: string, words?: string): void {
  const before = received(far)
  assert.ok(answers(netns, dst, words), `${dst} does not answer`)
  assert.ok(received(far) > before, `${dst} did not arrive`)
}

/** Sends to an address, and looks that no packet arrives at the other end. */
export function assertNothingArrives(netns: string, far: string, dst: string, words?: string): void {
  const before = received(far)
  assert.not(answers(netns, dst, words))
  assert.is(received(far), before, `${dst} arrived`)
}

/** The words of the steps about interfaces and ports. */
export async function wayOf(netns: string, dst: string): Promise<string[]> {
  const { steps } = await explained(netns, dst)
  return steps.filter(({ kind }) => kind === 'interface' || kind === 'port').map(({ text }) => text)
}
