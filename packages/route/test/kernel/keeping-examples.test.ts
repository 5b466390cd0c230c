import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ipJson, makeNetns, play, until } from '../support/ip.ts'

const examples = suite('examples that keep and exchange routes')

function command(name: string, ...words: string[]): [string, string[]] {
  const file = fileURLToPath(new URL(`../../../../examples/${name}.ts`, import.meta.url))
  const before = 'Deno' in globalThis ? ['run', '--no-prompt', '-A'] : process.execArgv
  return [process.execPath, [...before, file, ...words]]
}

function ways(netns: string, table: number): string[] {
  return ipJson<{ dst: string; gateway?: string; protocol: string }>(netns, `-N route show table ${table}`)
    .map(({ dst, gateway, protocol }) => `${dst} ${gateway} ${protocol}`)
    .sort()
}

examples('keep-routes puts routes in, changes one, and puts it back', async () => {
  await makeNetns('kept')
  const child = spawn(...command('keep-routes', 'kept'), { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const expected = ['192.0.2.0/24 10.0.0.2 84', '198.51.100.0/24 10.0.1.2 84']
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (!line.includes('are kept')) continue
    assert.equal(ways('kept', 100), expected)
    await play('kept', ['route del 192.0.2.0/24 table 100'])
    await until(() => ways('kept', 100).join() === expected.join(), 'the route is back')
    break
  }
  child.kill()
  await exited
  assert.equal(lines, ['+2 ~0 -0', '+0 ~1 -0', '2 routes are kept'])
})

examples('keep-ecmp changes the weight of a way of all routes', async () => {
  await makeNetns('ecmp')
  const child = spawn(...command('keep-ecmp', 'v0', 'v1', 'ecmp'), { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    const [group] = ipJson<{ group: unknown }>('ecmp', 'nexthop show id 10')
    assert.equal(group?.group, [{ id: 1, weight: 3 }, { id: 2 }])
    const routes = ipJson<{ dst: string; nhid: number }>('ecmp', 'route show table 100')
    assert.equal(routes.map(({ dst, nhid }) => `${dst} ${nhid}`).sort(), ['192.0.2.0/24 10', '198.51.100.0/24 10'])
    break
  }
  child.kill()
  await exited
  assert.equal(lines, ['1 request for 2 routes'])
})

examples('advertise-and-learn advertises, and prints what a daemon made known', async () => {
  await makeNetns('advertised')
  await play('advertised', ['route add 203.0.113.0/24 table 1000 via 10.0.0.9 proto bgp'])
  const [word, words] = command('advertise-and-learn', 'advertised')
  const { status, stdout, stderr } = spawnSync(word, words, { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  assert.is(stdout, 'router uplink: table_id=1000 dst=203.0.113.0 plen=24 nexthop=10.0.0.9\n')
  assert.equal(ways('advertised', 1000), [
    '192.0.2.0/24 undefined 84',
    '198.51.100.0/24 10.0.0.2 84',
    '203.0.113.0/24 10.0.0.9 186',
  ])
})

examples.run()
