// wants: nats-server
// runtimes: node
// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent, parseConfig } from '@rtnl/agent'
import { linksAtRest, trustAddresses } from '@rtnl/compliance'
import type { Overview, RowDetails, TableWindow } from '@rtnl/web'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../../fleet/test/support/eventually.ts'
import { TestServer } from '../../../fleet/test/support/nats-server.ts'
import { ip, ipBatch } from '../../../route/test/support/ip.ts'
import { finish, rtnl, start } from '../support/rtnl.ts'

const fleet = suite('rtnl fleet')
// Runtimes run this test at the same time.
const blue = `cfleet${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'rtnl-fleet-command-'))
let server: TestServer
const agents: Agent[] = []
let at: string[]

/** An agent that publishes one namespace under its name. */
async function agent(node: string): Promise<Agent> {
  const nats = { servers: server.url, fleet: 'lab', node, maxBytes: 64 * 1024 * 1024, token: join(folder, 'token') }
  const settings = {
    tables: ['link', 'route'],
    namespaces: { own: false, names: [blue] },
    desired: false,
    listen: false,
  }
  const started = await Agent.start(parseConfig('test.json', JSON.stringify({ ...settings, state: false, nats })))
  agents.push(started)
  await eventually(async () => {
    const { fleet: publishing, reasons } = await started.status()
    assert.equal([publishing?.state, publishing?.tables, reasons], ['publishing', 2, []])
  })
  return started
}

fleet.before(async () => {
  writeFileSync(join(folder, 'token'), 'secret\n')
  server = await TestServer.start('authorization { token: secret }')
  at = ['--server', server.url, '--fleet', 'lab', '--token', join(folder, 'token')]
  ip(`netns add ${blue}`)
  trustAddresses(blue)
  ipBatch(blue, ['link set lo up', 'link add v0 type veth peer name v1', 'address add 10.9.0.1/24 dev v0'])
  ipBatch(blue, ['link set v1 up', 'link set v0 up', 'route add 20.0.0.0/24 via 10.9.0.2'])
  await linksAtRest(blue)
  await agent('leaf1')
  await agent('leaf2')
})

fleet.after(async () => {
  for (const each of agents) await each.close()
  await server[Symbol.asyncDispose]()
  ip(`netns delete ${blue}`)
  rmSync(folder, { recursive: true })
})

const good = (stdout: string): object => ({ code: 0, signal: null, stdout, stderr: '' })

fleet('show prints what the local command prints, with the node and its namespace in front', async () => {
  const local = (await rtnl(['show', 'route', '--netns', blue, '--to', '20.0.0.1'])).stdout
  const lines = ['leaf1', 'leaf2'].map((node) => local.replaceAll(/^(?=.)/gm, `${node}/${blue} `)).join('')
  assert.match(lines, / 20\.0\.0\.0\/24 via 10\.9\.0\.2 dev v0/)
  assert.equal(await rtnl(['fleet', 'show', 'route', ...at, '--to', '20.0.0.1']), good(lines))
  const all: object[] = JSON.parse((await rtnl(['show', 'route', '--netns', blue, '--json'])).stdout)
  const shown: object[] = JSON.parse(
    (await rtnl(['fleet', 'show', 'route', ...at, '--json', '--node', 'leaf2'])).stdout,
  )
  // In the order in which they came to the node.
  const texts = (entries: object[]): string[] => entries.map((entry) => JSON.stringify(entry)).sort()
  assert.equal(texts(shown), texts(all.map((entry) => ({ node: 'leaf2', netns: blue, ...entry }))))
  const links = (await rtnl(['show', 'link', '--netns', blue, '--dev', 'v1'])).stdout
  const one = await rtnl(['fleet', 'show', 'link', ...at, '--dev', 'v1', '--node', 'leaf1'])
  assert.equal(one, good(`leaf1/${blue} ${links}`))
  assert.equal(await rtnl(['fleet', 'show', 'route', ...at, '--netns', 'none', '--json']), good('[]\n'))
})

fleet('nodes says who lives, at once', async () => {
  const { stdout } = await rtnl(['fleet', 'nodes', ...at])
  const line = (node: string): string =>
    `${node} live heard \\S+ ago host \\S+ kernel \\S+ pid ${process.pid} in ${blue} link,route\n`
  assert.match(stdout, new RegExp(`^${line('leaf1')}${line('leaf2')}$`))
  const nodes: { node: string; state: string }[] = JSON.parse((await rtnl(['fleet', 'nodes', ...at, '--json'])).stdout)
  assert.equal(
    nodes.map(({ node, state }) => [node, state]),
    [
      ['leaf1', 'live'],
      ['leaf2', 'live'],
    ],
  )
})

fleet('watch prints the content, each change with its cause, and which node goes', async () => {
  const third = await agent('leaf3')
  const watching = start(['fleet', 'watch', 'route', ...at, '--dev', 'v0', '--node', 'leaf3'])
  const lines: string[] = []
  createInterface(watching.stdout!).on('line', (line) => lines.push(line))
  await eventually(() => assert.ok(lines.some((line) => line.startsWith('= route: '))))
  assert.ok(lines.some((line) => line.startsWith('+ node leaf3 live ')))
  const first = lines.length
  ip(`-n ${blue} route add 20.0.1.0/24 via 10.9.0.2`)
  await eventually(() => assert.equal(lines.slice(first), [`+ route leaf3/${blue} 20.0.1.0/24 via 10.9.0.2 dev v0`]))
  // Not on the interface.
  ip(`-n ${blue} route add 20.0.2.0/24 dev lo`)
  ip(`-n ${blue} route delete 20.0.1.0/24`)
  await eventually(() => assert.is(lines[first + 1], `- route leaf3/${blue} 20.0.1.0/24 via 10.9.0.2 dev v0`))
  // Another interface has the name now.
  ipBatch(blue, ['link set v0 down', 'link set v0 name w0', 'link set w0 up'])
  await eventually(() => assert.ok(lines.some((line) => line.startsWith('- route') && line.includes('10.9.0.0/24'))))
  await third.close()
  await eventually(() => assert.match(lines.at(-1) ?? '', /^~ node leaf3 gone .* \(was leaf3 live /))
  const ended = finish(watching)
  watching.kill('SIGTERM')
  assert.is((await ended).code, 0)
  assert.match(
    (await rtnl(['fleet', 'show', 'link', ...at, '--node', 'leaf3'])).stderr,
    /^rtnl: leaf3 is gone: heard \S+ ago; its entries/,
  )
  ipBatch(blue, ['link set w0 down', 'link set w0 name v0', 'link set v0 up'])
})

fleet('web shows the tables of all nodes as a page', async () => {
  const serving = start(['web', ...at, '--listen', '127.0.0.1:0'])
  const ended = finish(serving)
  let url = ''
  serving.stdout?.on('data', (text) => {
    url += text
  })
  await eventually(() => assert.match(url, /\n$/))
  const get = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(`${url.trim()}api/${path}`)).json()) as Answer
  const { title, nodes, spaces } = await get<Overview>('tables')
  assert.is(title, 'fleet lab')
  assert.equal(
    nodes?.filter(({ state }) => state === 'live').map(({ name }) => name),
    ['leaf1', 'leaf2'],
  )
  const locally = (await rtnl(['show', 'route', '--netns', blue])).stdout.trimEnd().split('\n')
  assert.ok(spaces[0]!.tables.find(({ name }) => name === 'route')!.rows >= 2 * locally.length)
  const found = async (filter: string): Promise<string[]> => {
    const { rows } = await get<TableWindow>(`tables/route?limit=500&filter=${encodeURIComponent(filter)}`)
    return rows.map(({ node, netns, words }) => `${node} ${netns} ${words.join(' ')}`).sort()
  }
  for (const node of ['leaf1', 'leaf2']) {
    const expected = locally.map((line) => `${node} ${blue} ${line}`).sort()
    await eventually(async () => assert.equal(await found(`node:${node}`), expected))
  }
  assert.equal(await found('netns:none'), [])
  // A change of a node is there, and what refers to a row is of its node.
  ip(`-n ${blue} route add 20.0.7.0/24 via 10.9.0.2`)
  await eventually(async () => assert.is((await found('20.0.7.0/24')).length, 2))
  const links = await get<TableWindow>(`tables/link?filter=${encodeURIComponent('node:leaf1 "v0@v1"')}`)
  const [{ key, id }] = links.rows as [TableWindow['rows'][number]]
  const details = await get<RowDetails>(`tables/link/row?key=${encodeURIComponent(key)}&id=${id}`)
  const nodesOf = (related: RowDetails['referredBy']): unknown[] =>
    related.flatMap(({ rows }) => rows.map(({ node }) => node))
  assert.ok(details.referredBy.length > 0)
  assert.equal(new Set(nodesOf(details.referredBy)), new Set(['leaf1']))
  serving.kill('SIGTERM')
  assert.equal(await ended, { code: 0, signal: null, stdout: url, stderr: '' })
  const says = async (...words: string[]): Promise<string> => (await rtnl(['web', ...words])).stderr
  assert.match(await says('--fleet', 'lab'), /^rtnl: --server and --fleet go together/)
  assert.match(await says(...at, '--netns', blue), /^rtnl: --netns is for the tables of this machine/)
})

fleet('bad usage and servers that refuse are named', async () => {
  const says = async (words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await rtnl(['fleet', ...words])
    assert.is(stdout, '')
    return `${code} ${stderr}`
  }
  assert.match(await says(['nodes', '--fleet', 'lab']), /^2 rtnl: .*--server/)
  assert.match(await says(['nodes', ...at, '--cert', 'x']), /^2 rtnl: --cert and --key go together/)
  assert.match(await says(['nodes', ...at, '--creds', '/none']), /^2 rtnl: .*\/none/)
  assert.match(await says(['show', 'route', ...at, '--mac', '02:00:00:00:00:01']), /^2 rtnl: --mac does not go with/)
  assert.match(
    await says(['nodes', ...at, '--fleet', 'other']),
    /^1 rtnl: nats:.*fleet other: the server has no stream RTNL_other/,
  )
  const without = at.slice(0, 4)
  assert.match(await says(['nodes', ...without]), /^1 rtnl: nats:.*[Aa]uthorization/)
  assert.match(
    await says(['nodes', '--server', 'nats://127.0.0.1:1', '--fleet', 'lab']),
    /^1 rtnl: nats:\/\/127\.0\.0\.1:1: .*refused/i,
  )
})

fleet.run()
