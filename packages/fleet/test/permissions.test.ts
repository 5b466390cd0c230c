// wants: nats-server
// runtimes: node
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Fleet, Publisher, setUpStream } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const fleet = 'f'
const reads = ['$JS.API.STREAM.INFO.RTNL_f', '$JS.API.CONSUMER.*.RTNL_f.>', '$JS.API.CONSUMER.MSG.NEXT.RTNL_f.>']

/** A user of the server who may publish to some subjects only. */
function user(name: string, publish: readonly string[]): string {
  const allowed = publish.map((subject) => `"${subject}"`).join(', ')
  return `{ user: ${name}, password: ${name}, permissions: { publish: [${allowed}], subscribe: ["_INBOX.>"] } }`
}

function node(name: string): string {
  return user(name, [`rtnl.f.${name}.>`, `$JS.API.DIRECT.GET.RTNL_f.rtnl.f.${name}.>`])
}

const permissions = suite('permissions')

permissions('a node writes its own subjects and no others, and a reader none', async () => {
  const users = ['{ user: admin, password: admin }', node('n1'), node('n2'), user('reader', reads)]
  await using server = await TestServer.start(`authorization { users: [${users.join(', ')}] }`)
  const as = (name: string) => ({ servers: server.url, fleet, nats: { user: name, pass: name } })
  const admin = await connect({ servers: server.url, user: 'admin', pass: 'admin' })
  await setUpStream(admin, fleet, { maxBytes: 10_000_000 })
  await admin.close()

  const items = new Items()
  items.set({ name: 'a', value: 1 })
  await using publisher = await Publisher.open({ ...as('n1'), node: 'n1', interval: 200 })
  publisher.publish('', items.table)
  using reader = await Fleet.open(as('reader'))
  await becomes(() => [...reader.table('item')], [{ node: 'n1', netns: '', name: 'a', value: 1 }])

  for (const [name, subject] of [
    ['n2', 'rtnl.f.n1.lease'],
    ['n2', 'rtnl.f.n1.table.=.item.0'],
    ['n2', '$JS.API.STREAM.PURGE.RTNL_f'],
    ['reader', 'rtnl.f.n1.lease'],
    ['reader', '$JS.API.STREAM.PURGE.RTNL_f'],
  ] as const) {
    const connection = await connect({ servers: server.url, user: name, pass: name })
    try {
      await jetstream(connection, { timeout: 1000 }).publish(subject, 'x')
      assert.unreachable(`${name} wrote ${subject}`)
    } catch (error) {
      assert.match((error as Error).message, /[Pp]ermissions [Vv]iolation/, `${name} ${subject}`)
    }
    await connection.close()
  }
  items.set({ name: 'a', value: 2 })
  await becomes(() => [...reader.table('item')], [{ node: 'n1', netns: '', name: 'a', value: 2 }])
  assert.equal(Object.values(reader.refused), [0, 0, 0, 0, 0, 0])
})

permissions.run()
