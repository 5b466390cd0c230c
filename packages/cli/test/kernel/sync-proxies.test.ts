// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { finish, rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const proxies = suite('sync of proxy entries')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-proxies-'))

function file(name: string, entries: readonly object[]): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(entries))
  return path
}

const neighbor = { dst: '10.0.0.5', lladdr: '02:00:00:00:00:05' }
const proxy = { dst: '10.0.0.9', flags: 8 }
const nothing = file('nothing.json', [])
const neighborOnly = file('neighbor.json', [neighbor])
const proxyOnly = file('proxy.json', [proxy])
const both = file('both.json', [proxy, neighbor])

const options = ['sync', 'neighbor', '--netns', 's', '--dev', 'v0', '--protocol', '84', '--file']

interface Shown {
  readonly dst: string
}

/** What the kernel has of each kind, as `ip` prints it. */
function shown(): { readonly neighbors: string[]; readonly proxies: string[] } {
  const read = (line: string): string[] => {
    const text = ip(`-n s -j neigh show ${line}`)
    const found: Shown[] = text.trim() === '' ? [] : JSON.parse(text)
    return found.map(({ dst }) => dst).filter((dst) => dst.startsWith('10.'))
  }
  return { neighbors: read('dev v0 nud noarp'), proxies: read('proxy dev v0').sort() }
}

proxies.before.each(() => {
  ip('netns add s')
  ipBatch('s', [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set p0 up',
    'link set v0 up',
    'address add 10.0.0.1/24 dev v0',
    'neigh add proxy 10.0.0.99 dev v0 protocol 99',
  ])
})

proxies.after.each(() => {
  ip('netns delete s')
})

proxies.after(() => rmSync(folder, { recursive: true }))

const foreign = '10.0.0.99'

proxies('go when the file has nothing any more, or neighbours only; both kinds can be wanted', async () => {
  const write = async (path: string): Promise<string> => {
    const { code, stdout, stderr } = await rtnl([...options, path])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    return stdout
  }
  await write(proxyOnly)
  assert.equal(shown(), { neighbors: [], proxies: ['10.0.0.9', foreign] })
  assert.match(
    await write(nothing),
    /^plan: 0 to add, 0 to replace, 1 to remove, 0 as they should be\ndone: .* 1 removed/,
  )
  assert.equal(shown(), { neighbors: [], proxies: [foreign] })
  await write(both)
  assert.equal(shown(), { neighbors: ['10.0.0.5'], proxies: ['10.0.0.9', foreign] })
  assert.match(await write(both), /^plan: 0 to add, 0 to replace, 0 to remove, 2 as they should be$/m)
  await write(neighborOnly)
  assert.equal(shown(), { neighbors: ['10.0.0.5'], proxies: [foreign] })
  await write(proxyOnly)
  assert.equal(shown(), { neighbors: [], proxies: ['10.0.0.9', foreign] })
})

proxies('with --keep go too before the neighbours are kept', async () => {
  ip('-n s neigh add proxy 10.0.0.9 dev v0 protocol 84')
  const child = start([...options, neighborOnly, '--keep'])
  const ended = finish(child)
  let said = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  await eventually(() => said.includes('keeping them'))
  assert.equal(shown(), { neighbors: ['10.0.0.5'], proxies: [foreign] })
  process.kill(child.pid ?? 0, 'SIGTERM')
  const { code, stdout } = await ended
  assert.is(code, 0)
  assert.match(stdout, /^plan: 1 to add, 0 to replace, 1 to remove, .*\ndone: 1 added, 0 replaced, 1 removed, 0 as /)
})

proxies('and neighbours are not kept at once, and without a protocol not in one file', async () => {
  const kept = await rtnl([...options, both, '--keep'])
  assert.equal([kept.code, kept.stdout], [2, ''])
  assert.is(kept.stderr, 'rtnl: proxy entries and other neighbours are kept by one rtnl each, with a --protocol each\n')
  const unmarked = await rtnl(['sync', 'neighbor', '--netns', 's', '--dev', 'v0', '--file', both])
  assert.equal([unmarked.code, unmarked.stdout], [2, ''])
  assert.match(unmarked.stderr, /needs --protocol/)
  assert.equal(shown(), { neighbors: [], proxies: [foreign] })
})

proxies.run()
