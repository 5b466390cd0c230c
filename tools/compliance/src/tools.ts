import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { patience } from './patience.ts'

/** Runs lines of `ip` and `bridge` in a namespace, in their order, by one process for those of one tool that follow each other. */
export function run(netns: string, lines: readonly string[]): void {
  for (let first = 0; first < lines.length; ) {
    const some = lines.slice(first)
    const end = some.findIndex((line) => toolOf(line) !== toolOf(some[0]!))
    const { tool, words, input } = batch(netns, end < 0 ? some : some.slice(0, end))
    execFileSync(tool, words, { input, stdio: ['pipe', 'ignore', 'pipe'] })
    first = end < 0 ? lines.length : first + end
  }
}

/** A tool with its options: `ip -6`. */
const toolOf = (line: string): string => /^\S+(?: -\S+)*/.exec(line)?.[0] ?? ''

/** A process that runs many lines of one tool, and stops at the first that is refused. */
function batch(netns: string, lines: readonly string[]) {
  const start = toolOf(lines[0] ?? '')
  const [tool = '', ...options] = start.split(' ')
  return {
    tool,
    words: [...options, '-n', netns, '-batch', '-'],
    input: lines.map((line) => `${line.slice(start.length + 1)}\n`).join(''),
  }
}

/** Runs many lines of one tool by one process of it; resolves when it has ended. Refusals do not stop it. */
export async function runBatch(netns: string, lines: readonly string[]): Promise<void> {
  const { tool, words, input } = batch(netns, lines)
  const child = spawn(tool, ['-force', ...words], { stdio: ['pipe', 'ignore', 'ignore'] })
  const closed = once(child, 'close')
  child.stdin.end(input)
  await closed
}

/** The same, and the event loop is blocked meanwhile. */
export function runBatchBlocking(netns: string, lines: readonly string[]): void {
  const { tool, words, input } = batch(netns, lines)
  const { error } = spawnSync(tool, ['-force', ...words], { input, stdio: ['pipe', 'ignore', 'ignore'] })
  if (error !== undefined) throw error
}

/** Spares links the second or two in which they ask for their IPv6 addresses, where a container lets us set that. */
export function trustAddresses(netns: string): void {
  const settings = ['all', 'default'].map((name) => `/proc/sys/net/ipv6/conf/${name}/accept_dad`)
  const script = `for setting in ${settings.join(' ')}; do echo 0 > $setting; done`
  spawnSync('ip', ['netns', 'exec', netns, 'sh', '-c', script], { stdio: 'ignore' })
}

/**
 * Waits until the kernel has done what it does later: has told its other parts of the carriers, and taken the IPv6
 * addresses of links for its own. Entries come with both.
 */
export async function linksAtRest(netns: string): Promise<void> {
  const isRestless = ({ flags, operstate, addr_info }: ShownLink): boolean =>
    flags.includes('LOWER_UP') &&
    (!['UP', 'UNKNOWN'].includes(operstate) || addr_info.some(({ tentative }) => tentative === true))
  const limit = performance.now() + patience
  for (let links: ShownLink[]; ; await delay(20)) {
    links = json<ShownLink>(netns, 'ip addr').filter(isRestless)
    if (links.length === 0) return
    if (performance.now() > limit) throw new Error(`not at rest within a minute: ${JSON.stringify(links)}`)
  }
}

interface ShownLink {
  readonly flags: readonly string[]
  readonly operstate: string
  readonly addr_info: readonly { readonly tentative?: boolean }[]
}

/** What a tool says in JSON. */
export function json<T>(netns: string, line: string): T[] {
  const [tool = '', ...words] = line.split(' ')
  const text = execFileSync(tool, ['-n', netns, '-json', ...words], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return text.trim() === '' ? [] : JSON.parse(text)
}

/** The indexes of all interfaces, by name. */
export function ifindexes(netns: string): Map<string, number> {
  return new Map(json<{ ifname: string; ifindex: number }>(netns, 'ip link').map((link) => [link.ifname, link.ifindex]))
}

/** The index of an interface. */
export function ifindex(netns: string, name: string): number {
  return json<{ ifindex: number }>(netns, `ip link show ${name}`)[0]?.ifindex ?? 0
}
