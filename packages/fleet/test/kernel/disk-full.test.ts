// wants: nats-server root
// runtimes: node
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Dice } from '@rtnl/compliance'
import { Fleet, Publisher } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { differences } from '../support/differences.ts'
import { becomes, eventually } from '../support/eventually.ts'
import { Items } from '../support/items.ts'
import { TestServer } from '../support/nats-server.ts'

const disk = suite('a disk that is full')

disk('is said, readers keep what they have, and all is there once the server has room', async () => {
  let store = ''
  await using server = await TestServer.start('', (folder) => {
    store = join(folder, 'store')
    mkdirSync(store)
    // The mounts are this test's own.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', store])
  })
  const stream = { maxBytes: 64 * 1024 * 1024 }
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'f', node: 'n', stream, interval: 200 })
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet: 'f' })
  const content = (): Map<string, unknown> =>
    new Map([...reader.table('item')].map((item) => [`${item.node} ${item.netns} ${item.name}`, item]))
  await becomes(() => differences(content(), items.as('n')), [])
  const dice = new Dice(1)
  const words = (): string[] => Array.from({ length: 300 }, () => String(dice.below(1_000_000_000)))
  for (let at = 0; at < 2000; at++) items.set({ name: `i${at}`, value: at, words: words() })
  await eventually(() => assert.ok(publisher.problem instanceof Error))
  assert.ok(reader.table('item').get({ node: 'n', key: 'a' }))
  execFileSync('mount', ['-o', 'remount,size=64m', store])
  await server.restart()
  await becomes(() => differences(content(), items.as('n')), [], 120)
  await becomes(() => publisher.problem, undefined)
  await server.kill()
  execFileSync('umount', [store])
})

disk.run()
