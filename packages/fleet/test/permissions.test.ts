// wants: nats-server openssl
// runtimes: node
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream } from '@nats-io/jetstream'
import * as jwt from '@nats-io/jwt'
import { headers, type NatsConnection } from '@nats-io/nats-core'
import { createUser } from '@nats-io/nkeys'
import { connect } from '@nats-io/transport-node'
import { Fleet, Publisher, type SecretFiles, secretsFrom, setUpStream } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const fleet = 'f'
const folder = mkdtempSync(join(tmpdir(), 'rtnl-permissions-'))
const permissions = suite('permissions')

permissions.after(() => rmSync(folder, { recursive: true }))

// As docs/fleet.md has them.
const node = (name: string): string[] => [`rtnl.f.${name}.>`, `$JS.API.DIRECT.GET.RTNL_f.rtnl.f.${name}.>`]
/** The subjects that each user may write; `undefined`: all. */
const rights: Readonly<Record<string, readonly string[] | undefined>> = {
  admin: undefined,
  n1: node('n1'),
  n2: node('n2'),
  reader: ['$JS.API.STREAM.INFO.RTNL_f', '$JS.API.CONSUMER.*.RTNL_f.>', '$JS.API.CONSUMER.MSG.NEXT.RTNL_f.>'],
}
const inboxOf = (name: string): string => (name === 'reader' ? '_INBOX' : `_INBOX.${name}`)

/** A file with the seed of a new key, and the user of the server that has it. */
function nkeyUser(name: string): string {
  const key = createUser()
  writeFileSync(join(folder, name), `${new TextDecoder().decode(key.getSeed())}\n`)
  const allowed = rights[name]?.map((subject) => `"${subject}"`).join(', ')
  const limits = `permissions: { publish: [${allowed}], subscribe: ["${inboxOf(name)}.>"] }`
  return `{ nkey: ${key.getPublicKey()}${allowed === undefined ? '' : `, ${limits}`} }`
}

/** A server in operator mode, which knows users by what its account has signed, and for each user a file of credentials. */
async function operatorServer(): Promise<TestServer> {
  const [operator, system, account] = [jwt.createOperator(), jwt.createAccount(), jwt.createAccount()]
  // -1: no limit; what is not named is 0.
  const connections = { subs: -1, data: -1, payload: -1, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true }
  const limits = { ...connections, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
  const accounts = {
    [system.getPublicKey()]: await jwt.encodeAccount('system', system, {}, { signer: operator }),
    [account.getPublicKey()]: await jwt.encodeAccount('fleet', account, { limits }, { signer: operator }),
  }
  for (const [name, publish] of Object.entries(rights)) {
    const user = jwt.createUser()
    const limited = publish && {
      pub: { allow: [...publish], deny: [] },
      sub: { allow: [`${inboxOf(name)}.>`], deny: [] },
    }
    const token = await jwt.encodeUser(name, user, account, limited)
    writeFileSync(join(folder, `${name}.creds`), jwt.fmtCreds(token, user))
  }
  return await TestServer.start(
    `operator: ${await jwt.encodeOperator('rtnl', operator)}
     system_account: ${system.getPublicKey()}
     resolver: MEMORY
     resolver_preload: ${JSON.stringify(accounts)}`,
  )
}

/** Each of these must be refused. */
async function areRefused(connectAs: (name: string) => Promise<NatsConnection>): Promise<void> {
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
    const error = await jetstream(connection, { timeout: 5000 })
      .publish(subject, 'x')
      .catch((reason) => reason)
    assert.match(error.message, /[Pp]ermissions [Vv]iolation/, `${name} ${subject}`)
    await connection.close()
  }
}

/** What opening a fleet with secrets says against them. */
async function problemOf(servers: string, secrets: SecretFiles): Promise<string> {
  try {
    using _ = await Fleet.open({ servers, fleet, nats: await secretsFrom(secrets) })
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}

permissions('by nkeys and TLS: a node writes its own subjects and no others, and a reader none', async () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert, ...names], { stdio: 'ignore' })
  await using server = await TestServer.start(
    `tls { cert_file: "${cert}", key_file: "${key}" }
     authorization { users: [${Object.keys(rights).map(nkeyUser).join(', ')}] }`,
  )
  const servers = server.url.replace('nats://127.0.0.1', 'tls://localhost')
  const as = async (name: string) => {
    const secrets = await secretsFrom({ nkey: join(folder, name), ca: cert })
    return { servers, fleet, nats: secrets }
  }
  const connectAs = async (name: string) => {
    return await connect({ servers, inboxPrefix: inboxOf(name), ...(await as(name)).nats })
  }
  const admin = await connectAs('admin')
  await setUpStream(admin, fleet, { maxBytes: 10_000_000 })

  const items = new Items()
  items.set({ name: 'a', value: 1 })
  for (const secrets of [{ ca: '/none' }, { ca: cert, cert: '/none', key }]) {
    assert.match(await problemOf(servers, { nkey: join(folder, 'reader'), ...secrets }), '/none')
  }
  await using publisher = await Publisher.open({ ...(await as('n1')), node: 'n1', interval: 200 })
  publisher.publish('', items.table)
  using reader = await Fleet.open(await as('reader'))
  const entry = { node: 'n1', netns: '', name: 'a', value: 1 }
  await becomes(() => [...reader.table('item')], [entry])

  await areRefused(connectAs)
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

permissions(
  'by credentials that an account has signed: the same, and what is wrong with a file is said with its name',
  async () => {
    await using server = await operatorServer()
    const servers = server.url
    const creds = (name: string): SecretFiles => ({ creds: join(folder, `${name}.creds`) })
    const as = async (name: string) => ({ servers, fleet, nats: await secretsFrom(creds(name)) })
    const connectAs = async (name: string) =>
      await connect({ servers, inboxPrefix: inboxOf(name), ...(await as(name)).nats })
    const admin = await connectAs('admin')
    await setUpStream(admin, fleet, { maxBytes: 10_000_000 })
    await admin.close()

    const items = new Items()
    items.set({ name: 'a', value: 1 })
    await using publisher = await Publisher.open({ ...(await as('n1')), node: 'n1', interval: 200 })
    publisher.publish('', items.table)
    using reader = await Fleet.open(await as('reader'))
    await becomes(() => [...reader.table('item')], [{ node: 'n1', netns: '', name: 'a', value: 1 }])
    await areRefused(connectAs)
    assert.equal(Object.values(reader.refused), [0, 0, 0, 0, 0, 0])

    const whole = readFileSync(join(folder, 'reader.creds'), 'utf8')
    const cut = (name: string, text: string): string => {
      const file = join(folder, name)
      writeFileSync(file, text)
      return file
    }
    const end = '------END USER NKEY SEED------'
    const toEnd = whole.slice(0, whole.indexOf(end))
    // Some tools write no line break behind the end.
    assert.is(await problemOf(servers, { creds: cut('bare', `${toEnd}${end}`) }), 'none')
    const wrong: Readonly<Record<string, SecretFiles>> = {
      missing: { creds: join(folder, 'missing') },
      empty: { creds: cut('empty', '') },
      'of-jwt': { creds: cut('of-jwt', whole.slice(0, 200)) },
      'without-end': { creds: cut('without-end', toEnd) },
      'of-seed': { creds: cut('of-seed', whole.replace(/^(SU.{20}).*$/m, '$1')) },
      'no-seed': { nkey: cut('no-seed', 'SUAEA43RMPIAFBZV52CH') },
      'no-token': { token: cut('no-token', '\n') },
    }
    for (const [name, secrets] of Object.entries(wrong)) {
      const problem = await problemOf(servers, secrets)
      assert.ok(problem.includes(join(folder, name)), `${name}: ${problem}`)
      assert.match(problem, /ENOENT|the file is empty|cut short/)
    }
  },
)

permissions.run()
