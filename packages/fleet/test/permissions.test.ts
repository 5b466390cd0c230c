// wants: nats-server openssl
// runtimes: node
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream } from '@nats-io/jetstream'
import { headers } from '@nats-io/nats-core'
import { createUser } from '@nats-io/nkeys'
import { connect } from '@nats-io/transport-node'
import { Fleet, Publisher, secretsFrom, setUpStream } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const fleet = 'f'
const folder = mkdtempSync(join(tmpdir(), 'rtnl-permissions-'))
const permissions = suite('permissions')

permissions.after(() => rmSync(folder, { recursive: true }))

/** A file with the seed of a new key, and the user of the server that has it. `publish`: the subjects that it may write; all. */
function user(name: string, publish?: readonly string[]): string {
  const key = createUser()
  writeFileSync(join(folder, name), `${new TextDecoder().decode(key.getSeed())}\n`)
  const allowed = publish?.map((subject) => `"${subject}"`).join(', ')
  const inbox = name === 'reader' ? '_INBOX.>' : `_INBOX.${name}.>`
  const limits = `permissions: { publish: [${allowed}], subscribe: ["${inbox}"] }`
  return `{ nkey: ${key.getPublicKey()}${publish === undefined ? '' : `, ${limits}`} }`
}

// As docs/fleet.md has them.
const node = (name: string): string => user(name, [`rtnl.f.${name}.>`, `$JS.API.DIRECT.GET.RTNL_f.rtnl.f.${name}.>`])
const reads = ['$JS.API.STREAM.INFO.RTNL_f', '$JS.API.CONSUMER.*.RTNL_f.>', '$JS.API.CONSUMER.MSG.NEXT.RTNL_f.>']

permissions('by nkeys and TLS: a node writes its own subjects and no others, and a reader none', async () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert, ...names], { stdio: 'ignore' })
  const users = [user('admin'), node('n1'), node('n2'), user('reader', reads)]
  await using server = await TestServer.start(
    `tls { cert_file: "${cert}", key_file: "${key}" }
     authorization { users: [${users.join(', ')}] }`,
  )
  const servers = server.url.replace('nats://127.0.0.1', 'tls://localhost')
  const as = async (name: string) => {
    const secrets = await secretsFrom({ nkey: join(folder, name), ca: cert })
    return { servers, fleet, nats: secrets }
  }
  const connectAs = async (name: string) => {
    const inboxPrefix = name === 'reader' ? '_INBOX' : `_INBOX.${name}`
    return await connect({ servers, inboxPrefix, ...(await as(name)).nats })
  }
  const admin = await connectAs('admin')
  await setUpStream(admin, fleet, { maxBytes: 10_000_000 })

  const items = new Items()
  items.set({ name: 'a', value: 1 })
  await using publisher = await Publisher.open({ ...(await as('n1')), node: 'n1', interval: 200 })
  publisher.publish('', items.table)
  using reader = await Fleet.open(await as('reader'))
  const entry = { node: 'n1', netns: '', name: 'a', value: 1 }
  await becomes(() => [...reader.table('item')], [entry])

  for (const [name, subject] of [
    ['n2', 'rtnl.f.n1.lease'],
    ['n2', 'rtnl.f.n1.table.=.item.0'],
    ['n2', '$JS.API.STREAM.PURGE.RTNL_f'],
    ['n2', '$JS.API.STREAM.DELETE.RTNL_f'],
    ['n2', '$JS.API.DIRECT.GET.RTNL_f.rtnl.f.n1.lease'],
    ['reader', 'rtnl.f.n1.lease'],
    ['reader', '$JS.API.STREAM.PURGE.RTNL_f'],
  ] as const) {
    const connection = await connectAs(name)
    try {
      await jetstream(connection, { timeout: 5000 }).publish(subject, 'x')
      assert.unreachable(`${name} wrote ${subject}`)
    } catch (error) {
      assert.match((error as Error).message, /[Pp]ermissions [Vv]iolation/, `${name} ${subject}`)
    }
    await connection.close()
  }
  items.set({ name: 'a', value: 2 })
  await becomes(() => [...reader.table('item')], [{ ...entry, value: 2 }])
  assert.equal(Object.values(reader.refused), [0, 0, 0, 0, 0, 0])

  // What a node can do to others: a roll-up of all empties the stream. It is filled again, and readers keep their rows.
  let removed = 0
  reader.table('item').observe(({ kind }) => {
    if (kind === 'removed') removed++
  })
  const bad = await connectAs('n2')
  try {
    for await (const _ of bad.subscribe('_INBOX.>')) assert.unreachable('a node hears the answers to others')
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /[Pp]ermissions [Vv]iolation/)
  }
  const all = headers()
  all.set('Nats-Rollup', 'all')
  await jetstream(bad).publish('rtnl.f.n2.x', '', { headers: all })
  using late = await Fleet.open(await as('reader'))
  await becomes(() => [...late.table('item')], [{ ...entry, value: 2 }])
  items.set({ name: 'b', value: 3 })
  await becomes(() => [reader.table('item').size, late.table('item').size], [2, 2])
  assert.is(removed, 0)
  await bad.close()
  await admin.close()
})

permissions.run()
