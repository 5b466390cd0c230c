// timeout: 240
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countRows, mostHeld } from '../../../live-table/test/rows-held.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const held = suite('rows in memory')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-rows-held-'))
const script = fileURLToPath(new URL('../support/counting.ts', import.meta.url))
const running = new Set<ChildProcess>()

held.before(() => {
  countRows()
  ip('netns add s')
  ipBatch('s', [
    'link set lo up',
    ...Array.from({ length: 17 }, (_, index) => `link add br${index} type bridge`),
    'link add d0 type veth peer name p0',
    'link set p0 up',
    'link set d0 up',
    'address add 10.0.0.1/24 dev d0',
    ...Array.from({ length: 50 }, (_, index) => `nexthop add id ${index + 1} via 10.0.0.${index + 2} dev d0`),
    'neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev d0',
  ])
})

held.after.each(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

held.after(() => {
  ip('netns delete s')
  rmSync(folder, { recursive: true })
})

/** Rows of each table of a running `rtnl`, by its name: one number for each time that it is held. */
async function rowsOf(args: readonly string[], ready: (output: string) => boolean): Promise<Record<string, number[]>> {
  const child = start([...args, '--netns', 's'], { script })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  await eventually(() => ready(output))
  child.kill('SIGUSR2')
  await eventually(() => /^rows: .*\n/m.test(output))
  return JSON.parse(/^rows: (.*)\n/m.exec(output)?.[1] ?? '')
}

held('sync route --keep: each table once', async () => {
  const file = join(folder, 'routes.json')
  const routes = Array.from({ length: 50 }, (_, index) => ({ dst: `20.0.${index}.0/24`, nhId: index + 1 }))
  writeFileSync(file, JSON.stringify([...routes, { dst: '30.0.0.0/8', gateway: '10.0.0.2', oif: 'd0' }]))
  const kept = (): boolean => JSON.parse(ip('-n s -j route show table all proto 84')).length === routes.length + 1
  const rows = await rowsOf(['sync', 'route', '--table', '100', '--protocol', '84', '--file', file, '--keep'], kept)
  assert.equal(rows.link, [20])
  assert.equal(rows.nexthop, [50])
  assert.equal(rows.route, [51])
})

held('watch of all tables: each table once', async () => {
  const rows = await rowsOf(['watch', '--dev', 'd0'], (output) => output.includes('02:00:00:00:00:02'))
  for (const [name, sizes] of Object.entries(rows)) assert.is(sizes.length, 1, `${name}: ${sizes}`)
})

for (const words of ['link', 'nexthop', 'route', 'link --dev d0', 'nexthop --dev d0', 'route --dev d0 --json']) {
  held(`show ${words}: each table once`, async () => {
    assert.is((await rtnl(['show', ...words.split(' '), '--netns', 's'])).code, 0)
    const most = mostHeld()
    assert.is(most[words.split(' ')[0]!], 1)
    for (const [name, count] of Object.entries(most)) assert.is(count, 1, name)
  })
}

held.run()
