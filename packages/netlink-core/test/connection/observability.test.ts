import { spawn } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { diagnosticsChannels, type NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, read, rejection, thing, turns, withConnection } from './thing.ts'

const observability = suite('counters, channels and trace')

observability('counters say what was sent, received, refused and begun anew', () =>
  withConnection(async ({ connection, kernel, table }) => {
    await connection.request(add(thing(1)))
    await rejection(connection.request(add(thing(2), 0)))
    table.dumping = { interrupted: 'done' }
    const reading = rejection(read(connection))
    await reading
    kernel.sockets('request')[0]?.receive(new Uint8Array(4))
    await turns()
    const sent = kernel.sockets().flatMap((socket) => socket.sent)
    const { receivedMessages, receivedBytes, ...counted } = connection.counters
    assert.equal(counted, {
      sentBytes: sent.reduce((sum, { length }) => sum + length, 0),
      // Two requests, and a dump that is begun anew eight times.
      requests: 2 + 9,
      refused: 1,
      restarts: 8,
      overruns: 0,
      malformed: 1,
      strays: 0,
    })
    assert.is(receivedMessages, 2 + 9 * 2)
    assert.is(receivedBytes, connection.stats().bytes)
  }),
)

observability('the counts of closed sockets are kept', () =>
  withConnection(async ({ connection, table }) => {
    table.putSilently(thing(1))
    await Promise.all([read(connection), read(connection)])
    assert.is(connection.closed, false)
    const before = connection.stats()
    assert.is(before.datagrams, 4)
    connection.close()
    assert.is(connection.closed, true)
    assert.equal(connection.stats(), before)
  }),
)

observability('channels tell who subscribes', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const heard: string[] = []
    const subscriptions = Object.entries(diagnosticsChannels).map(([name, channelName]) => {
      const listen = (message: unknown): void => {
        const { connection: from, ...rest } = message as { connection: string }
        heard.push(`${name} ${from} ${Object.values(rest).map(String)}`)
      }
      channel(channelName).subscribe(listen)
      return () => channel(channelName).unsubscribe(listen)
    })
    try {
      const refused = (await rejection(connection.request(add(thing(2), 0)))) as NetlinkError
      table.dumping = { interrupted: 'done' }
      await rejection(read(connection))
      kernel.overrun('request')
      kernel.sockets('request')[0]?.receive(new Uint8Array(4))
      await turns()
      kernel.sockets('request')[0]?.receive(new Uint8Array(4))
      await turns()
      assert.equal(heard, [
        `refused fake kernel ${refused}`,
        ...Array.from({ length: 8 }, () => 'restart fake kernel dump thing'),
        'overrun fake kernel request',
        'malformed fake kernel DecodeError: netlink at byte 0: message length 0 with 4 bytes left',
      ])
    } finally {
      for (const end of subscriptions) end()
    }
  }),
)

/** Runs a file in a child process of this runtime and returns what it prints to standard error. */
function trace(environment: Record<string, string>): Promise<string> {
  const file = fileURLToPath(new URL('./child-traced.ts', import.meta.url))
  const before = 'Deno' in globalThis ? ['run', '-A'] : 'Bun' in globalThis ? [] : process.execArgv
  const child = spawn(process.execPath, [...before, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`exit code ${code}: ${text}`))))
  })
}

observability('RTNL_DEBUG=netlink prints every message decoded and in hex', async () => {
  const lines = (await trace({ RTNL_DEBUG: 'netlink' })).split('\n')
  const messages = lines.filter((line) => line.startsWith('rtnl '))
  assert.equal(messages.slice(0, 4), [
    'rtnl fake kernel send type=40 flags=0x405 seq=1 pid=0 thing {"family":0,"flags":0,"id":7,"label":"thing 7"}',
    'rtnl fake kernel receive type=2 flags=0x100 seq=1 pid=1 ack {"errno":0}',
    'rtnl fake kernel send type=42 flags=0x5 seq=2 pid=0 thing {"family":0,"flags":0,"id":7}',
    'rtnl fake kernel receive type=40 flags=0x0 seq=2 pid=1 thing {"family":0,"flags":0,"id":7,"label":"thing 7"}',
  ])
  assert.is(lines[1], '  28000000280005040100000000000000000000000800010007000000' + '0c0002007468696e67203700')
  assert.ok(messages.includes('rtnl fake kernel receive type=2 flags=0x100 seq=3 pid=1 ack {"errno":2}'))
  assert.ok(messages.some((line) => line.includes('done {"errno":0}')))
  assert.ok(
    messages.includes('rtnl fake kernel receive malformed: netlink at byte 0: message length 0 with 8 bytes left'),
  )
})

observability('without it nothing is printed', async () => {
  for (const value of ['', 'other', 'netlinks']) assert.is(await trace({ RTNL_DEBUG: value }), '')
})

observability.run()
