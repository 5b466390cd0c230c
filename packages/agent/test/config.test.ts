import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../src/config/config.ts'
import { ConfigError } from '../src/config/config-error.ts'

const config = suite('configuration of an agent')

/** What is wrong with a configuration, a line each. */
function faults(text: string): string[] {
  try {
    parseConfig('agent.yaml', text)
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as ConfigError).message.split('\n')
  }
  return []
}

config('one that says nothing follows all tables of its own namespace', () => {
  for (const text of ['', '# nothing\n', '{}']) {
    const { tables, ...rest } = parseConfig('agent.yaml', text)
    assert.ok(tables.some(({ name }) => name === 'route'))
    assert.equal(rest, {
      namespaces: { own: true, names: [] },
      desired: '/etc/rtnl/desired.d',
      state: '/var/lib/rtnl',
      listen: { host: '127.0.0.1', port: 9479 },
      nats: undefined,
    })
  }
})

config('YAML and JSON say the same', () => {
  const yaml =
    "tables: [routes, link]\nnamespaces: { own: false, names: ['blue-*'] }\ndesired: false\nlisten: '[::1]:0'\n"
  const json =
    '{"tables":["routes","link"],"namespaces":{"own":false,"names":["blue-*"]},"desired":false,"listen":"[::1]:0"}'
  const one = parseConfig('agent.yaml', yaml)
  assert.equal(one, parseConfig('agent.json', json))
  assert.equal(
    one.tables.map(({ name }) => name),
    ['link', 'route'],
  )
  assert.equal(one.listen, { host: '::1', port: 0 })
  assert.is(one.desired, undefined)
})

config('each fault is named with its place', () => {
  assert.equal(faults('tables: [link, roots]\n').length, 1)
  assert.match(faults('tables: [link, roots]\n')[0] ?? '', /^agent\.yaml:1:16: tables\.1: there is no table 'roots'; /)
  assert.equal(faults('listen: 127.0.0.1:9479\nporst: 1\n'), ['agent.yaml:2:8: porst: there is no such setting'])
  assert.equal(faults('namespaces:\n  names: [a/b]\n'), [
    'agent.yaml:2:11: namespaces.names.0: a namespace has a name without slashes, as ip netns lists them',
  ])
  assert.equal(faults('listen: 0.0.0.0:80\n'), [
    'agent.yaml:1:9: listen: an agent serves on loopback only: 127.0.0.1, ::1 or localhost',
  ])
  assert.equal(faults('listen: 127.0.0.1:99999\n'), [
    "agent.yaml:1:9: listen: '127.0.0.1:99999' is not HOST:PORT, such as 127.0.0.1:9479 or [::1]:9479",
  ])
  assert.equal(faults('tables: []\nlisten: 5\n').length, 2)
  assert.equal(faults('- 1\n'), ['agent.yaml:1:1: settings by their names are wanted'])
})

config('a text that is no YAML, or has a key twice, is refused with its place', () => {
  assert.match(faults('tables: [\n')[0] ?? '', /^agent\.yaml:2:1: /)
  assert.match(faults('desired: a\ndesired: b\n')[0] ?? '', /^agent\.yaml:2:1: .*unique/)
  const bomb = ['a0: &a0 [1]', ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`)]
  assert.match(faults(bomb.join('\n'))[0] ?? '', /alias/)
})

config('a fleet: secrets are files, and each fault is named', () => {
  const nats = (more: object): string =>
    JSON.stringify({ nats: { servers: 'tls://a', fleet: 'f', node: 'n', ...more } })
  assert.equal(parseConfig('agent.yaml', nats({ creds: '/c', ca: '/ca', maxBytes: 5 })).nats, {
    servers: ['tls://a'],
    ...{ fleet: 'f', node: 'n', files: { creds: '/c', ca: '/ca' } },
    stream: { maxBytes: 5, replicas: undefined },
  })
  assert.is(parseConfig('agent.yaml', nats({})).nats?.stream, undefined)
  for (const [more, fault] of [
    [{ servers: 'http://x' }, /nats\.servers: a server is nats:\/\/HOST:PORT/],
    [{ servers: ['nats://x', 5] }, /nats\.servers(\.1)?: the URL of a server is wanted/],
    [{ servers: [] }, /nats\.servers: no server/],
    [{ fleet: 'a b' }, /nats\.fleet: a name is 1 to 64 letters/],
    [{ fleet: undefined }, /nats\.fleet: is missing/],
    [{ node: 5 }, /nats\.node: a name is wanted/],
    [{ maxBytes: 0 }, /nats\.maxBytes: a number of bytes above 0 is wanted/],
    [{ replicas: 2 }, /replicas says how the stream is made/],
    [{ cert: '/x' }, /nats: cert and key go together/],
    [{ password: '/x' }, /nats: user and password go together/],
    [{ pass: 'secret' }, /nats\.pass: there is no such setting/],
  ] as const)
    assert.match(faults(nats(more))[0] ?? 'none', fault)
})

config.run()
