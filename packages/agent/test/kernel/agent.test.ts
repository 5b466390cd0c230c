// timeout: 240
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Overview, TableWindow } from '@rtnl/web'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, ipJson } from '../../../route/test/support/ip.ts'
import { Agent, type AgentConfig, type AgentStatus, parseConfig } from '../../src/index.ts'

const agents = suite('agent')
// Runtimes run this test at the same time.
const prefix = `agent${process.pid}`
const [blue, red] = [`${prefix}-blue`, `${prefix}-red`]
const folder = mkdtempSync(join(tmpdir(), 'rtnl-agent-'))
const desired = join(folder, 'desired.d')
const state = join(folder, 'state')

const config = (more: object = {}): AgentConfig =>
  parseConfig(
    'test.json',
    JSON.stringify({
      tables: ['link', 'route', 'neighbor'],
      namespaces: { own: false, names: [`${prefix}-*`] },
      desired,
      state,
      listen: '127.0.0.1:0',
      ...more,
    }),
  )

function makeNetns(name: string): void {
  ip(`netns add ${name}`)
  ipBatch(name, [
    'link set lo up',
    'link add v0 type veth peer name v1',
    'link set v1 up',
    'link set v0 up',
    'address add 10.9.0.1/24 dev v0',
  ])
}

function write(name: string, sets: unknown): void {
  writeFileSync(join(desired, name), typeof sets === 'string' ? sets : JSON.stringify(sets))
}

/** Routes of table 100 by `ip`: destinations and protocols. */
function routes(netns: string): string[] {
  // The kernel refuses to show a table that was never used, or is used no more.
  return ipJson<{ dst: string; table?: string; protocol: string }>(netns, 'route show table all')
    .filter(({ table }) => table === '100')
    .map(({ dst, protocol }) => `${dst} ${protocol}`)
    .sort()
}

/** Follows routes with `ip monitor`. @returns a function that ends it, and returns its lines */
async function followRoutes(netns: string): Promise<() => Promise<string[]>> {
  const child = spawn('ip', ['-n', netns, 'monitor', 'route'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (lines) => {
    printed += lines
  })
  const exited = once(child, 'close')
  await until('it follows', () => {
    ip(`-n ${netns} route replace 40.0.0.0/24 via 10.9.0.2 table 101`)
    ip(`-n ${netns} route delete 40.0.0.0/24 table 101`)
    return printed !== ''
  })
  return async () => {
    child.kill()
    await exited
    return printed.split('\n')
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await delay(50)
  }
  assert.unreachable(what)
}

const ours = (...dst: string[]): object => ({
  table: 'route',
  owner: { protocol: 84, table: 100 },
  namespaces: [blue],
  entries: dst.map((each) => ({ dst: each, gateway: '10.9.0.2', oif: 'v0' })),
})

agents.before.each(() => {
  rmSync(desired, { recursive: true, force: true })
  rmSync(state, { recursive: true, force: true })
  mkdirSync(desired)
  makeNetns(blue)
})

agents.after.each(() => {
  for (const name of [blue, red]) {
    try {
      ip(`netns delete ${name}`)
    } catch {
      // Not every test has the second one.
    }
  }
})

agents.after(() => rmSync(folder, { recursive: true }))

agents('desired entries are kept, changed with their file, and removed with it; those of others stay', async () => {
  ip(`-n ${blue} route add 30.0.0.0/24 via 10.9.0.2 table 100 proto 85`)
  write('ours.json', ours('20.0.0.0/24', '20.0.1.0/24'))
  await using agent = await Agent.start(config())
  await until('the routes are there', () => routes(blue).length === 3)
  assert.equal(routes(blue), ['20.0.0.0/24 84', '20.0.1.0/24 84', '30.0.0.0/24 85'])
  ip(`-n ${blue} route delete 20.0.0.0/24 table 100`)
  await until('what somebody removed is back', () => routes(blue).length === 3)
  await until('the drift is counted', async () => (await agent.status()).sets[0]?.drift.healed === 1)
  write('ours.json', ours('20.0.1.0/24', '20.0.2.0/24'))
  await until('the file is followed', () => routes(blue).includes('20.0.2.0/24 84'))
  await until('what it desires no more is gone', () => !routes(blue).includes('20.0.0.0/24 84'))
  assert.equal(routes(blue), ['20.0.1.0/24 84', '20.0.2.0/24 84', '30.0.0.0/24 85'])
  rmSync(join(desired, 'ours.json'))
  await until('ours are gone', () => routes(blue).length === 1)
  assert.equal(routes(blue), ['30.0.0.0/24 85'])
  assert.equal((await agent.status()).sets, [])
})

agents('a file that becomes bad is named, and removes nothing', async () => {
  write('ours.json', ours('20.0.0.0/24'))
  await using agent = await Agent.start(config())
  await until('the route is there', () => routes(blue).length === 1)
  write('ours.json', '{"table": "route", "entries": [')
  await until('the fault is told', async () =>
    (await agent.status()).reasons.some((text) => text.startsWith('ours.json:1:')),
  )
  assert.equal(routes(blue), ['20.0.0.0/24 84'])
  assert.is((await agent.status()).status, 'degraded')
  write('ours.json', ours('20.0.0.0/24'))
  await until('all is well again', async () => (await agent.status()).status === 'ok')
})

agents('what was put in stays when the agent ends, and is found again', async () => {
  write('ours.json', ours('20.0.0.0/24'))
  const first = await Agent.start(config())
  await until('the route is there', () => routes(blue).length === 1)
  await first.close()
  assert.equal(routes(blue), ['20.0.0.0/24 84'])
  await using second = await Agent.start(config())
  await until('it is kept', async () => (await second.status()).sets[0]?.state === 'kept')
  rmSync(join(desired, 'ours.json'))
  await until('it is removed as ours', () => routes(blue).length === 0)
})

agents(
  'what nobody desires any more when the agent starts again is removed: what was ours, and nothing else',
  async () => {
    const own = { own: true, names: [] }
    ip(`-n ${blue} route add 30.0.0.0/24 via 10.9.0.2 table 100 proto 85`)
    write('ours.json', ours('20.0.0.0/24'))
    write('theirs.json', { ...ours('30.0.1.0/24'), owner: { protocol: 86, table: 100 } })
    await (await Agent.start(config({ namespaces: own }))).close()
    // Nothing had been tried when it ended. What it may have begun is remembered all the same.
    const second = await Agent.start(config({ namespaces: own }))
    await until('the routes are there', () => routes(blue).length === 3)
    await second.close()
    rmSync(join(desired, 'ours.json'))
    write('theirs.json', '{ "table": "route", "owner"')
    await using third = await Agent.start(config({ namespaces: own }))
    await until('ours is gone', () => routes(blue).length === 2)
    // What the file says that cannot be read is not known.
    assert.equal(routes(blue), ['30.0.0.0/24 85', '30.0.1.0/24 86'])
    rmSync(join(desired, 'theirs.json'))
    await until('theirs is gone', () => routes(blue).length === 1)
    assert.equal(routes(blue), ['30.0.0.0/24 85'])
    await until('nothing is left to be removed', async () => (await third.status()).sets.length === 0)
    assert.equal(JSON.parse(readFileSync(join(state, `${encodeURIComponent(desired)}.json`), 'utf8')).sets, [])
  },
)

agents('a state that cannot be written is told, and what is desired is kept', async () => {
  writeFileSync(state, 'no folder')
  write('ours.json', ours('20.0.0.0/24'))
  await using agent = await Agent.start(config())
  await until('the route is there', () => routes(blue).length === 1)
  const { reasons } = await agent.status()
  assert.match(reasons.join('\n'), /^state: .*; what is desired no more at the next start will stay in the kernel$/m)
})

agents('of two sets of one owner the first one counts, and the other one says so', async () => {
  write('a.json', ours('20.0.0.0/24'))
  write('b.json', ours('20.0.1.0/24'))
  await using agent = await Agent.start(config())
  await until('the route is there', () => routes(blue).length === 1)
  const states = async (): Promise<unknown[]> => (await agent.status()).sets.map(({ name, state }) => [name, state])
  assert.equal(await states(), [
    ['a.json', 'kept'],
    ['b.json', 'conflict'],
  ])
  assert.equal((await agent.status()).reasons, [`b.json in ${blue}: a.json keeps entries of the same owner`])
  // The same under another name is the same: nothing flaps.
  const changes = await followRoutes(blue)
  rmSync(join(desired, 'a.json'))
  await until('the second one is kept', () => routes(blue).includes('20.0.1.0/24 84'))
  await until('the first one is gone', () => routes(blue).length === 1)
  write('c.json', ours('20.0.1.0/24'))
  rmSync(join(desired, 'b.json'))
  await until(
    'it has another name',
    async () => (await states()).length === 1 && (await agent.status()).sets[0]?.name === 'c.json',
  )
  assert.equal((await changes()).filter((line) => line.includes('20.0.1.0/24')).length, 1)
})

agents('namespaces come and go', async () => {
  write('ours.json', { ...ours('20.0.0.0/24'), namespaces: [`${prefix}-*`] })
  await using agent = await Agent.start(config())
  const followed = async (): Promise<unknown[]> => (await agent.status()).namespaces.map(({ netns }) => netns).sort()
  assert.equal(await followed(), [blue])
  makeNetns(red)
  await until('the new one is followed', async () => (await followed()).length === 2)
  await until('what is desired is there too', () => routes(red).length === 1)
  ip(`netns delete ${red}`)
  await until('the old one is left', async () => (await followed()).length === 1)
  makeNetns(red)
  await until('one with the same name is another one', () => routes(red).length === 1)
})

agents('a reload interrupts nothing that stays', async () => {
  write('ours.json', ours('20.0.0.0/24'))
  await using agent = await Agent.start(config())
  await until('the route is there', () => routes(blue).length === 1)
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${agent.address?.port}/metrics`)).text()
  const requests = async (): Promise<string[]> => (await metrics()).match(/^rtnl_requests_total\{.*$/gm) ?? []
  const before = await requests()
  assert.is(before.length, 1)
  await agent.reload(config({ tables: ['link', 'route'] }))
  assert.equal(await requests(), before)
  assert.equal(Object.keys((await agent.status()).namespaces[0]?.tables ?? {}), ['link', 'route'])
  assert.equal(routes(blue), ['20.0.0.0/24 84'])
})

agents('serves metrics, health and status, and nothing else', async () => {
  await using agent = await Agent.start(config())
  const get = async (path: string): Promise<Response> => await fetch(`http://127.0.0.1:${agent.address?.port}${path}`)
  const links = ipJson(blue, 'link show').length
  assert.match(
    await (await get('/metrics')).text(),
    new RegExp(`^rtnl_table_rows\\{table="link",netns="${blue}"\\} ${links}$`, 'm'),
  )
  for (const path of ['/healthz', '/readyz']) {
    const response = await get(path)
    assert.equal([response.status, await response.text()], [200, 'ok\n'])
  }
  const status = (await (await get('/status')).json()) as AgentStatus
  assert.is(status.namespaces[0]?.tables.link, links)
  assert.is((await get('/etc/passwd')).status, 404)
})

agents('shows what it follows as a web page, while namespaces come and go', async () => {
  await using agent = await Agent.start(config())
  const { port } = agent.address!
  const get = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`)
    assert.is(response.status, 200, path)
    return (await response.json()) as Answer
  }
  const page = await fetch(`http://127.0.0.1:${port}/`)
  assert.match(await page.text(), /<script type="module" src="client\.js">/)
  assert.is((await fetch(`http://127.0.0.1:${port}/client.js`)).status, 200)
  const spaces = async (): Promise<string[]> =>
    (await get<Overview>('api/tables')).spaces.map(({ name, tables }) => `${name}: ${tables.map((one) => one.name)}`)
  const shown = 'link,neighbor,route'
  assert.equal(await spaces(), [`${blue}: ${shown}`])
  makeNetns(red)
  await until('another namespace is shown', async () => (await spaces()).length === 2)
  ip(`-n ${red} route add 20.0.9.0/24 via 10.9.0.2`)
  await until('its routes are', async () => {
    const { rows } = await get<TableWindow>(`api/tables/route?space=${red}&filter=20.0.9`)
    return rows.length === 1 && rows[0]?.words.join(' ') === '20.0.9.0/24 via 10.9.0.2 dev v0'
  })
  await agent.reload(config({ tables: ['link', 'route'] }))
  assert.equal((await spaces()).sort(), [`${blue}: link,route`, `${red}: link,route`])
  ip(`netns delete ${red}`)
  await until('it is shown no more', async () => (await spaces()).length === 1)
})

agents('a set that cannot be kept says why, and is kept when it can be', async () => {
  write('ours.json', { table: 'neighbor', owner: { dev: 'late0' }, namespaces: [blue], entries: [] })
  await using agent = await Agent.start(config())
  const first = async (): Promise<string | undefined> => (await agent.status()).sets[0]?.causes[0]?.cause
  await until('it waits', async () => (await first()) === 'waits for late0, which does not exist')
  ip(`-n ${blue} link add late0 type veth peer name late1`)
  await until('it is kept', async () => (await agent.status()).sets[0]?.state === 'kept')
})

agents('an address that is taken is told', async () => {
  await using agent = await Agent.start(config())
  const taken = config({ listen: `127.0.0.1:${agent.address?.port}` })
  let message = ''
  await Agent.start(taken).catch((error: Error) => {
    message = error.message
  })
  assert.match(message, /^listen: 127\.0\.0\.1:\d+ cannot be used: .*EADDRINUSE/)
})

agents.run()
