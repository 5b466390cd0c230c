// timeout: 300
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindexOf, ip, makeNetns, play, type Step, sysctl } from '../support/ip.ts'

const examples = suite('examples that follow')

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** What runs an example on this runtime, as words; on Deno with the permissions that the README names. */
function command(name: string, ...words: string[]): [string, string[]] {
  const file = fileURLToPath(new URL(`../../../../examples/${name}.ts`, import.meta.url))
  if (!('Deno' in globalThis)) return [process.execPath, [...process.execArgv, file, ...words]]
  const permissions = /Deno needs `([^`]+)`/.exec(readme)?.[1]
  if (permissions === undefined) throw new Error('the README does not say what Deno needs')
  return [process.execPath, ['run', '--no-prompt', ...permissions.split(' '), file, ...words]]
}

/**
 * Runs an example until it has printed as many lines as are expected, and compares them.
 * @param steps what to do once it has printed a line
 */
async function prints(
  [word, words]: [string, string[]],
  netns: string,
  expected: readonly string[],
  steps: ReadonlyMap<string, readonly Step[]>,
): Promise<void> {
  const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  try {
    for await (const line of createInterface(child.stdout)) {
      if (lines.push(line.trimEnd()) === expected.length) break
      await play(netns, steps.get(line.trimEnd()) ?? [])
    }
  } finally {
    child.kill()
    await exited
  }
  assert.equal(lines, expected)
}

examples('follow-default-route is the example of the README, and prints what it says there', async () => {
  const netns = 'defaults'
  await makeNetns(netns, 2)
  const file = new URL('../../../../examples/follow-default-route.ts', import.meta.url)
  assert.ok(readme.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
  const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
  const [told = ''] = /With two interfaces.+?prints:/s.exec(readme) ?? []
  const commands = [...told.matchAll(/`ip ([^`]+)`/g)].map(([, step = '']) => step)
  assert.is(commands.length, printed.length - 2)
  // Each command makes one line.
  const steps = new Map(commands.map((step, index) => [printed[index + 1]!, [step]]))
  await prints(command('follow-default-route', netns), netns, printed, steps)
})

examples('watch-routes is the example of the first page, and prints what it says there', async () => {
  const netns = 'first'
  const page = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
  const file = new URL('../../../../examples/watch-routes.ts', import.meta.url)
  assert.ok(page.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
  const printed = /```text\n([^`]+)```/.exec(page)?.[1]?.trimEnd().split('\n') ?? []
  const [told = ''] = /While another shell runs.+?prints:/s.exec(page) ?? []
  const [add, down] = [...told.matchAll(/`ip ([^`]+)`/g)].map(([, step = '']) => step)
  assert.ok(add && down, told)
  ip(`netns add ${netns}`)
  await play(netns, [
    'link add v0 type veth peer name v1',
    ...['v1', 'v0'].map((name) => `link set ${name} addrgenmode none up`),
    'addr add 192.0.2.2/24 dev v0',
    'route add default via 192.0.2.1',
  ])
  const steps = new Map([
    [printed[2]!, [add]],
    [printed[3]!, [down]],
  ])
  await prints(command('watch-routes', netns), netns, printed, steps)
})

examples('bgp-routes lists and follows the BGP routes of a table', async () => {
  const netns = 'bgp'
  await makeNetns(netns, 2)
  await play(netns, [
    'nexthop add id 1 via 10.0.0.7 dev v0',
    'route add 192.0.2.0/24 table 1000 proto bgp nexthop via 10.0.0.2 nexthop via 10.0.1.2',
    'route add 198.51.100.0/24 table 1000 proto bgp nhid 1',
    'route add 203.0.113.0/24 table 1000 proto static via 10.0.0.2',
    'route add 203.0.113.0/24 proto bgp via 10.0.0.2',
  ])
  const steps = new Map<string, readonly Step[]>([
    ['2 routes in table 1000', ['route replace 203.0.113.0/24 table 1000 proto bgp via 10.0.1.9']],
    ['added 203.0.113.0/24 via 10.0.1.9 dev v1', ['route add 2001:db8::/32 table 1000 proto bgp via fd00::9']],
    ['added 2001:db8::/32 via fd00::9 dev v0', ['nexthop del id 1']],
    ['removed 198.51.100.0/24', ['route del 192.0.2.0/24 table 1000']],
  ])
  const expected = [
    'added 192.0.2.0/24 via 10.0.0.2 dev v0 via 10.0.1.2 dev v1',
    'added 198.51.100.0/24 via 10.0.0.7 dev v0',
    '2 routes in table 1000',
    'added 203.0.113.0/24 via 10.0.1.9 dev v1',
    'added 2001:db8::/32 via fd00::9 dev v0',
    'removed 198.51.100.0/24',
    'removed 192.0.2.0/24',
  ]
  await prints(command('bgp-routes', '1000', netns), netns, expected, steps)
})

examples('custom-table follows the addresses of interfaces', async () => {
  const netns = 'addresses'
  ip(`netns add ${netns}`)
  sysctl(netns, 'net.ipv6.conf.default.disable_ipv6', 1)
  await play(netns, ['link set lo up', 'link add v0 type veth peer name p0', 'link set v0 up'])
  const v0 = ifindexOf(netns, 'v0')
  const steps = new Map<string, readonly Step[]>([
    ['2 addresses, of the loopback: 127.0.0.1/8 ::1/128', ['addr add 10.0.0.1/24 dev v0']],
    [`added 10.0.0.1/24 of interface ${v0}`, ['addr add 10.1.0.1 peer 10.1.0.2/32 dev v0']],
    [`added 10.1.0.1/32 of interface ${v0}`, ['addr del 10.0.0.1/24 dev v0']],
    [`removed 10.0.0.1/24 of interface ${v0}`, ['link del v0']],
  ])
  const expected = [
    'added 127.0.0.1/8 of interface 1',
    'added ::1/128 of interface 1',
    '2 addresses, of the loopback: 127.0.0.1/8 ::1/128',
    `added 10.0.0.1/24 of interface ${v0}`,
    `added 10.1.0.1/32 of interface ${v0}`,
    `removed 10.0.0.1/24 of interface ${v0}`,
    `removed 10.1.0.1/32 of interface ${v0}`,
    'read again: 2 addresses',
  ]
  await prints(command('custom-table', netns), netns, expected, steps)
})

examples.run()
